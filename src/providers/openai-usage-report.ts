import { noFigures, type ReportedUsage } from '../usage/index.ts'
import { countOf, textOf, usdOf } from './report-fields.ts'
import { type ReportBucket, ReportError, type UsageReportDescription } from './usage-report.ts'

/** A report for each kind of call that is booked here; what is not counted in tokens is compared by its cost. */
const usageKinds = ['completions', 'embeddings', 'images', 'audio_speeches', 'audio_transcriptions'] as const

/**
 * Usage in tokens and requests by model, and costs by invoice line: https://platform.openai.com/docs/api-reference/usage. OpenAI itself
 * says that both may differ a little and that only costs are what is billed. The shapes are those of the official SDK
 * (`openai/resources/admin/organization/usage`), which also writes lists as `group_by[]`.
 */
export const openaiUsageReport: UsageReportDescription = {
  keyVariable: 'OPENAI_ADMIN_KEY',
  keyPage: 'https://platform.openai.com/settings/organization/admin-keys',
  headers: (adminKey) => ({ authorization: `Bearer ${adminKey}` }),
  async read(get, { from, to }) {
    const days = { start_time: String(from.getTime() / 1000), end_time: String(to.getTime() / 1000), bucket_width: '1d', limit: '31' }
    const usage: ReportedUsage[] = []
    for (const kind of usageKinds) {
      const buckets = await get(`/organization/usage/${kind}`, { ...days, 'group_by[]': 'model' })
      usage.push(...eachResult(buckets).map((result) => toUsage(kind, result)))
    }
    const costs = await get('/organization/costs', { ...days, 'group_by[]': 'line_item' })
    return [...usage, ...eachResult(costs).map(toCost)]
  },
}

function eachResult(buckets: readonly ReportBucket[]): ReportBucket['results'] {
  return buckets.flatMap(({ results }) => results)
}

function toUsage(kind: (typeof usageKinds)[number], result: ReportBucket['results'][number]): ReportedUsage {
  const model = textOf(result, 'model')
  if (model === undefined) throw new ReportError(`did not name the models in its report of ${kind}`)
  const base = { ...noFigures, provider: 'openai', model, calls: countOf(result, 'num_model_requests') }
  if (kind === 'completions') {
    return {
      ...base,
      inputTokens: countOf(result, 'input_tokens'),
      cachedTokens: countOf(result, 'input_cached_tokens'),
      outputTokens: countOf(result, 'output_tokens'),
    }
  }
  return kind === 'embeddings' ? { ...base, inputTokens: countOf(result, 'input_tokens') } : base
}

/**
 * Lines are text: `gpt-4o-mini-2024-07-18, cached input`, `priority | gpt-5, output, long context`, and what is no model's, such as
 * `web search tool calls`, which stays a line of its own.
 */
function toCost(result: ReportBucket['results'][number]): ReportedUsage {
  const amount: Readonly<Record<string, unknown>> = { ...(typeof result.amount === 'object' ? result.amount : {}) }
  const currency = textOf(amount, 'currency')
  if (currency !== undefined && currency.toLowerCase() !== 'usd') throw new ReportError(`reports costs in ${currency}, not in dollars`)
  const line = textOf(result, 'line_item') ?? '(costs without a line item)'
  const [, model = line] = /^(?:\w+ \| )?([^\s,|]+), /.exec(line) ?? []
  return { ...noFigures, provider: 'openai', model, costUsd: usdOf(amount.value ?? 0, 0) }
}
