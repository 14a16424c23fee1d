import { z } from 'zod'
import { findClientNames } from '../../clients/index.ts'
import { type Budget, budgetToJson, listBudgets } from '../../ledger/index.ts'
import { findOverviewSpans, summarizeSeries } from '../../usage/index.ts'
import { adminRoute, time } from '../api/index.ts'
import { defaultTimeZone, timeZone } from '../reports/usage-query.ts'
import { readSpan, span } from '../reports/usage-span.ts'
import { sums, sumsToJson } from '../reports/usage-sums.ts'
import { attention, readAttention } from './attention.ts'
import { budget } from './budget-schemas.ts'

const shownClients = 8

/** `before` is as much of the day or month before as there has been of this one. */
const compared = z.object({ from: time, now: span, before: span })

/** `GET /api/admin/overview`: the first page. Days and months are those of `time_zone`. */
export const overviewRoute = adminRoute({
  method: 'GET',
  url: '/overview',
  summary: 'Today and this month beside what was before, the last 30 days, who is near a limit, and what needs attention',
  access: 'read',
  output: z.object({
    time_zone: z.string(),
    today: compared,
    month: compared,
    /** Of the last 30 days, those with calls. */
    days: z.array(z.object({ bucket_start: time, ...sums })),
    /** One a client: the budget of which it has used most. */
    nearest_limits: z.array(z.object({ client: z.string(), client_name: z.string(), budget })),
    attention: z.array(attention),
  }),
  input: { query: z.object({ time_zone: timeZone.default(defaultTimeZone) }) },
  async handle(context, { query }) {
    const { owner } = context
    const spans = await findOverviewSpans(owner, query.time_zone)
    const last30Days = { from: spans.days, to: spans.now }
    const [today, yesterday, month, lastMonth, days, budgets] = await Promise.all([
      readSpan(owner, { from: spans.today, to: spans.now }),
      readSpan(owner, { from: spans.yesterday, to: spans.yesterday_now }),
      readSpan(owner, { from: spans.month, to: spans.now }),
      readSpan(owner, { from: spans.last_month, to: spans.last_month_now }),
      summarizeSeries(owner, { ...last30Days, unit: 'day', timeZone: query.time_zone, by: 'none', most: 1 }),
      listBudgets(owner),
    ])
    const nearest = nearestLimits(budgets)
    const names = await findClientNames(
      owner,
      nearest.map(({ clientId }) => clientId),
    )
    return {
      time_zone: query.time_zone,
      today: { from: spans.today, now: today, before: yesterday },
      month: { from: spans.month, now: month, before: lastMonth },
      days: days.map((day) => ({ bucket_start: day.start, ...sumsToJson(day) })),
      nearest_limits: nearest.map((one) => ({
        client: one.clientSlug,
        client_name: names.get(one.clientId)?.name ?? one.clientSlug,
        budget: budgetToJson(one),
      })),
      attention: await readAttention(context, budgets, last30Days),
    }
  },
})

function nearestLimits(budgets: readonly Budget[]): Budget[] {
  const share = ({ percentage }: Budget) => Number(percentage)
  const byClient = Map.groupBy(budgets, ({ clientId }) => clientId)
  return [...byClient.values()]
    .flatMap((own) => own.toSorted((a, b) => share(b) - share(a)).slice(0, 1))
    .sort((a, b) => share(b) - share(a) || (a.clientSlug < b.clientSlug ? -1 : 1))
    .slice(0, shownClients)
}
