import { isRecord } from '../shared/is-record.ts'
import type { Connections } from './connections.ts'
import type { ProviderName } from './provider.ts'
import { providers } from './providers.ts'
import { type ReportBucket, type ReportDays, ReportError, type UsageReportDescription, type UsageReportResult } from './usage-report.ts'

const timeoutMs = 60_000
const longestAnswerBytes = 16 * 1024 * 1024
/** Far more than the days that may be asked for have; a provider that never comes to an end is not followed for ever. */
const mostPages = 100

/** Asks a provider for its own count, page by page. What goes wrong is told in a sentence without the key. */
export async function readUsageReport(
  connections: Connections,
  baseUrl: string,
  provider: ProviderName,
  adminKey: string,
  days: ReportDays,
  userAgent: string,
): Promise<UsageReportResult> {
  const { displayName, usageReport } = providers[provider]
  if (usageReport === undefined) return { ok: false, message: `${displayName} has no usage report that can be asked for.` }
  try {
    const headers = { accept: 'application/json', 'accept-encoding': 'identity', 'user-agent': userAgent, ...usageReport.headers(adminKey) }
    const get = (path: string, query: Readonly<Record<string, string>>) =>
      readPages(async (page) => {
        const url = new URL(`${baseUrl}${path}`)
        url.search = new URLSearchParams({ ...query, ...(page !== undefined && { page }) }).toString()
        return await getJson(connections, url, headers, usageReport)
      })
    return { ok: true, usage: await usageReport.read(get, days) }
  } catch (error) {
    // An error of the connection may quote what was sent: only what was written here is passed on.
    const what = error instanceof ReportError ? error.message : 'could not be reached'
    return { ok: false, message: `${displayName} ${what}.` }
  }
}

async function readPages(getPage: (page: string | undefined) => Promise<unknown>): Promise<ReportBucket[]> {
  const buckets: ReportBucket[] = []
  let page: string | undefined
  for (let read = 0; read < mostPages; read++) {
    const answer = await getPage(page)
    if (!isRecord(answer) || !Array.isArray(answer.data)) throw new ReportError('answered with something that is no report')
    for (const bucket of answer.data) {
      if (!isRecord(bucket) || !Array.isArray(bucket.results) || !bucket.results.every(isRecord))
        throw new ReportError('answered with a report whose days cannot be read')
      buckets.push({ results: bucket.results })
    }
    if (answer.has_more !== true) return buckets
    if (typeof answer.next_page !== 'string') throw new ReportError('says that its report goes on, but not where')
    page = answer.next_page
  }
  throw new ReportError(`has a report that does not end after ${mostPages} pages`)
}

async function getJson(
  connections: Connections,
  url: URL,
  headers: Record<string, string>,
  { keyVariable, keyPage }: UsageReportDescription,
): Promise<unknown> {
  const signal = AbortSignal.timeout(timeoutMs)
  const { statusCode, body } = await connections
    .to(url.origin)
    .request({ path: `${url.pathname}${url.search}`, method: 'GET', headers, signal })
    .catch((error: unknown) => {
      throw signal.aborted ? new ReportError('did not answer in time') : error
    })
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > longestAnswerBytes) throw new ReportError('answered with a report that is too long')
    chunks.push(chunk)
  }
  if (statusCode === 401 || statusCode === 403)
    throw new ReportError(`refused the key in ${keyVariable} (status ${statusCode}): it takes an admin key, made at ${keyPage}`)
  if (statusCode !== 200) throw new ReportError(`answered with status ${statusCode} when asked for its usage report`)
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw new ReportError('answered with something that is no JSON')
  }
}
