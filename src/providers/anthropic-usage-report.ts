import { noFigures, type ReportedUsage } from '../usage/index.ts'
import { countOf, textOf, usdOf } from './report-fields.ts'
import { type ReportBucket, ReportError, type UsageReportDescription } from './usage-report.ts'

/**
 * Tokens by model and costs by description: https://docs.anthropic.com/en/api/admin-api/usage-cost/get-messages-usage-report and
 * https://docs.anthropic.com/en/api/admin-api/usage-cost/get-cost-report. Requests are not counted there, and costs of the priority
 * tier are in none of it.
 */
export const anthropicUsageReport: UsageReportDescription = {
  keyVariable: 'ANTHROPIC_ADMIN_KEY',
  keyPage: 'https://console.anthropic.com/settings/admin-keys',
  headers: (adminKey) => ({ 'x-api-key': adminKey, 'anthropic-version': '2023-06-01' }),
  async read(get, { from, to }) {
    const days = { starting_at: rfc3339(from), ending_at: rfc3339(to), bucket_width: '1d', limit: '31' }
    const usage = await get('/organizations/usage_report/messages', { ...days, 'group_by[]': 'model' })
    const costs = await get('/organizations/cost_report', { ...days, 'group_by[]': 'description' })
    return [...usage.flatMap(({ results }) => results.map(toUsage)), ...costs.flatMap(({ results }) => results.map(toCost))]
  },
}

function rfc3339(day: Date): string {
  return day.toISOString().replace('.000Z', 'Z')
}

/** Input is told in parts, each beside the others; here it is the whole. */
function toUsage(result: ReportBucket['results'][number]): ReportedUsage {
  const model = textOf(result, 'model')
  if (model === undefined) throw new ReportError('did not name the models in its usage report')
  const written: Readonly<Record<string, unknown>> = { ...(typeof result.cache_creation === 'object' ? result.cache_creation : {}) }
  const cacheWrites = countOf(written, 'ephemeral_5m_input_tokens') + countOf(written, 'ephemeral_1h_input_tokens')
  const cachedTokens = countOf(result, 'cache_read_input_tokens')
  const inputTokens = countOf(result, 'uncached_input_tokens') + cachedTokens + cacheWrites
  return { ...noFigures, provider: 'anthropic', model, inputTokens, cachedTokens, outputTokens: countOf(result, 'output_tokens') }
}

/** `amount` is cents as a decimal string. What is no model's (web search, code execution) stays a line of its own. */
function toCost(result: ReportBucket['results'][number]): ReportedUsage {
  const currency = textOf(result, 'currency')
  if (currency !== undefined && currency !== 'USD') throw new ReportError(`reports costs in ${currency}, not in dollars`)
  const model = textOf(result, 'model') ?? textOf(result, 'description') ?? textOf(result, 'cost_type') ?? '(costs without a description)'
  return { ...noFigures, provider: 'anthropic', model, costUsd: usdOf(result.amount ?? '0', 2) }
}
