import type { IncomingMessage, ServerResponse } from 'node:http'
import type { JsonRecord } from './as-record.ts'
import { type BilledCall, type BilledKind, billedCalls, type ReportingProvider } from './billed-call.ts'
import { sendJson } from './control-api.ts'
import type { EmulatorState } from './emulator-state.ts'
import { errorBody } from './error-body.ts'
import type { CallPrices } from './price-call.ts'
import { dayMs, pageOfDays, type ReportPage, readLimit, startOfDay } from './report-days.ts'

/** One of the providers' reports: what a day's bucket holds. */
interface Report {
  provider: ReportingProvider
  results(calls: readonly BilledCall[], groups: ReadonlySet<string>): JsonRecord[] | Promise<JsonRecord[]>
}

/** Only these are asked for by day and by model; the real reports know more. */
const reports: ReadonlyMap<string, Report> = new Map<string, Report>([
  ...(['completions', 'embeddings', 'images', 'audio_speeches', 'audio_transcriptions'] as const).map(
    (kind) => [`/openai/v1/organization/usage/${kind}`, { provider: 'openai', results: openaiUsageOf(kind) }] as [string, Report],
  ),
  ['/openai/v1/organization/costs', { provider: 'openai', results: openaiCosts }],
  ['/anthropic/v1/organizations/usage_report/messages', { provider: 'anthropic', results: anthropicUsage }],
  ['/anthropic/v1/organizations/cost_report', { provider: 'anthropic', results: anthropicCosts }],
])

/** False where the path is none of the reports'. */
export function serveUsageReport(
  state: EmulatorState,
  path: string,
  query: URLSearchParams,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> | undefined {
  const report = incoming.method === 'GET' ? reports.get(path) : undefined
  return report && answerReport(state, report, query, incoming, response)
}

async function answerReport(
  state: EmulatorState,
  { provider, results }: Report,
  query: URLSearchParams,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const refuse = (status: number, message: string, more: { type?: string; code?: string } = {}): void => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(errorBody(provider, { status, message, ...more }, `req_${state.nextId()}`))
  }
  const isOpenai = provider === 'openai'
  const key = isOpenai ? (incoming.headers.authorization ?? '').replace(/^Bearer\s+/i, '') : String(incoming.headers['x-api-key'] ?? '')
  if (!state.adminKeys.has(key)) {
    if (!isOpenai) return refuse(401, 'invalid x-api-key')
    // A key of a project is a good key that may not see this.
    if (state.keys.has(key)) return refuse(403, 'You have insufficient permissions for this operation. Missing scopes: api.usage.read.')
    return refuse(401, 'Incorrect API key provided.', { type: 'invalid_request_error', code: 'invalid_api_key' })
  }
  if (!isOpenai && incoming.headers['anthropic-version'] === undefined) return refuse(400, 'anthropic-version: header is required')
  const page = readPage(provider, query)
  if (typeof page === 'string') return refuse(400, page)
  const groups = new Set([...query.getAll('group_by[]'), ...query.getAll('group_by')])
  const calls = billedCalls(state.log.calls(), provider, state.reportSkew)
  const buckets = page.days.map(async (day) => {
    const found = await results(
      calls.filter(({ at }) => at >= day && at < day + dayMs),
      groups,
    )
    return isOpenai
      ? { object: 'bucket', start_time: day / 1000, end_time: (day + dayMs) / 1000, results: found }
      : { starting_at: rfc3339(day), ending_at: rfc3339(day + dayMs), results: found }
  })
  const data = await Promise.all(buckets)
  sendJson(response, 200, { ...(isOpenai && { object: 'page' }), data, has_more: page.nextPage !== null, next_page: page.nextPage })
}

/** A text is what the request did wrong. */
function readPage(provider: ReportingProvider, query: URLSearchParams): ReportPage | string {
  const [from, to] = provider === 'openai' ? (['start_time', 'end_time'] as const) : (['starting_at', 'ending_at'] as const)
  const read = (text: string | null) => (text === null ? undefined : provider === 'openai' ? Number(text) * 1000 : Date.parse(text))
  const start = read(query.get(from))
  const end = read(query.get(to)) ?? Date.now()
  if (start === undefined || Number.isNaN(start)) return `${from}: Field required`
  if (Number.isNaN(end) || end <= start) return `${to}: must be after ${from}`
  if ((query.get('bucket_width') ?? '1d') !== '1d') return 'bucket_width: this emulator knows days (1d) only'
  const limit = readLimit(query.get('limit'))
  if (limit === undefined) return 'limit: must be from 1 to 31'
  return pageOfDays({ start: startOfDay(start), end, limit, page: query.get('page') }) ?? 'page: no such page'
}

function rfc3339(time: number): string {
  return new Date(time).toISOString().replace('.000Z', 'Z')
}

/** One group a model where models are asked for, else one for all; none where nothing was called. */
function byModel(calls: readonly BilledCall[], isAsked: boolean): [model: string | null, calls: BilledCall[]][] {
  const groups = new Map<string | null, BilledCall[]>()
  for (const call of calls) {
    const model = isAsked ? call.model : null
    groups.set(model, [...(groups.get(model) ?? []), call])
  }
  return [...groups]
}

function total(calls: readonly BilledCall[], count: (call: BilledCall) => number): number {
  return Math.round(calls.reduce((sum, call) => sum + count(call), 0))
}

function openaiUsageOf(kind: BilledKind): Report['results'] {
  return (calls, groups) =>
    byModel(
      calls.filter((call) => call.kind === kind),
      groups.has('model'),
    ).map(([model, group]) => ({
      object: `organization.usage.${kind}.result`,
      ...openaiFigures(kind, group),
      num_model_requests: group.length,
      project_id: null,
      user_id: null,
      api_key_id: null,
      model,
    }))
}

function openaiFigures(kind: BilledKind, calls: readonly BilledCall[]): JsonRecord {
  const input = total(calls, inputTokens)
  switch (kind) {
    case 'completions':
      return {
        input_tokens: input,
        output_tokens: total(calls, (call) => call.outputTokens),
        input_cached_tokens: total(calls, (call) => call.cachedTokens),
        input_audio_tokens: 0,
        output_audio_tokens: 0,
        batch: null,
        service_tier: null,
      }
    case 'embeddings':
      return { input_tokens: input }
    case 'images':
      return { images: total(calls, (call) => call.images), size: null, source: null }
    case 'audio_speeches':
      return { characters: total(calls, (call) => call.characters) }
    case 'audio_transcriptions':
      return { seconds: total(calls, (call) => call.audioSeconds) }
  }
}

function inputTokens(call: BilledCall): number {
  return call.uncachedTokens + call.cachedTokens + call.cacheWriteTokens + call.cacheWriteOneHourTokens
}

const openaiItems = { input: 'input', cached: 'cached input', cacheWrite: 'cache writes', output: 'output' } as const

/** The real one writes amounts as strings of some forty decimals, and a line item also where it came to nothing. */
async function openaiCosts(calls: readonly BilledCall[], groups: ReadonlySet<string>): Promise<JsonRecord[]> {
  const priced = await priceByModel('openai', calls)
  const result = (usd: number, lineItem: string | null) => ({
    object: 'organization.costs.result',
    amount: { value: usd === 0 ? '0E-6176' : usd.toFixed(39), currency: 'usd' },
    line_item: lineItem,
    project_id: null,
  })
  if (!groups.has('line_item')) {
    const all = priced.flatMap(([, prices]) => Object.values(prices)).reduce((sum, usd) => sum + usd, 0)
    return priced.length === 0 ? [] : [result(all, null)]
  }
  const parts = Object.entries(openaiItems) as [keyof typeof openaiItems, string][]
  return priced.flatMap(([model, prices]) => parts.map(([part, name]) => result(prices[part], `${model}, ${name}`)))
}

function anthropicUsage(calls: readonly BilledCall[], groups: ReadonlySet<string>): JsonRecord[] {
  return byModel(calls, groups.has('model')).map(([model, group]) => ({
    uncached_input_tokens: total(group, (call) => call.uncachedTokens),
    cache_creation: {
      ephemeral_1h_input_tokens: total(group, (call) => call.cacheWriteOneHourTokens),
      ephemeral_5m_input_tokens: total(group, (call) => call.cacheWriteTokens),
    },
    cache_read_input_tokens: total(group, (call) => call.cachedTokens),
    output_tokens: total(group, (call) => call.outputTokens),
    server_tool_use: { web_search_requests: 0 },
    api_key_id: null,
    workspace_id: null,
    model,
    service_tier: null,
    context_window: null,
  }))
}

const anthropicTokens = {
  input: 'uncached_input_tokens',
  cached: 'cache_read_input_tokens',
  cacheWrite: 'cache_creation.ephemeral_5m_input_tokens',
  cacheWriteOneHour: 'cache_creation.ephemeral_1h_input_tokens',
  output: 'output_tokens',
} as const

/** Amounts are cents, as decimal strings. */
async function anthropicCosts(calls: readonly BilledCall[], groups: ReadonlySet<string>): Promise<JsonRecord[]> {
  const priced = await priceByModel('anthropic', calls)
  const isDescribed = groups.has('description')
  const parts = Object.entries(anthropicTokens) as [keyof CallPrices, string][]
  const items = priced.flatMap(([model, prices]) =>
    parts.flatMap(([part, tokenType]) => (prices[part] === 0 ? [] : [{ model, tokenType, cents: prices[part] * 100 }])),
  )
  const result = (cents: number, described: JsonRecord) => ({
    amount: cents.toFixed(12),
    currency: 'USD',
    workspace_id: null,
    ...described,
  })
  if (!isDescribed) {
    const none = { cost_type: null, description: null, model: null, token_type: null, service_tier: null, context_window: null }
    return items.length === 0
      ? []
      : [
          result(
            items.reduce((sum, { cents }) => sum + cents, 0),
            none,
          ),
        ]
  }
  return items.map(({ model, tokenType, cents }) =>
    result(cents, {
      cost_type: 'tokens',
      description: `${model} Usage - ${tokenType}`,
      model,
      token_type: tokenType,
      service_tier: 'standard',
      context_window: '0-200k',
    }),
  )
}

/** The price list is half a megabyte that only these reports need. */
async function priceByModel(provider: ReportingProvider, calls: readonly BilledCall[]): Promise<[model: string, prices: CallPrices][]> {
  const { priceCall } = await import('./price-call.ts')
  return byModel(calls, true).map(([model, group]) => {
    const sum: CallPrices = { input: 0, cached: 0, cacheWrite: 0, cacheWriteOneHour: 0, output: 0 }
    for (const call of group) {
      const prices = priceCall(provider, call)
      for (const part of Object.keys(sum) as (keyof CallPrices)[]) sum[part] += prices[part]
    }
    return [model ?? '', sum]
  })
}
