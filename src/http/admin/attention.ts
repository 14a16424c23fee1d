import { z } from 'zod'
import { findClientNames } from '../../clients/index.ts'
import { type Budget, budgetToJson, countDeadLetters } from '../../ledger/index.ts'
import { type Channel, channelKinds, isFailing, listChannels } from '../../notifications/index.ts'
import { summarizeUsage } from '../../usage/index.ts'
import { amount, count, time } from '../api/index.ts'
import type { HttpContext } from '../http-context.ts'
import { budget } from './budget-schemas.ts'
import { deliveryErrorCode } from './delivery-attempt.ts'

/** Of a budget that is counted as nearly spent. */
const nearPercentage = 90
/** So many records wait for a moment under load as well; more than that is a database that cannot keep up, or is away. */
const spoolBacklog = 1_000

/** Something that an operator should look at: its kind and its facts; the page has the words and the link. */
export const attention = z.discriminatedUnion('kind', [
  /** Calls of the last 30 days whose cost is not known. */
  z.object({ kind: z.literal('unpriced_model'), provider: z.string(), model: z.string(), calls: count }),
  /** Calls of the last 30 days that nobody settled; they stand at their estimate. */
  z.object({ kind: z.literal('orphaned_calls'), calls: count }),
  z.object({ kind: z.literal('dead_letters'), records: count }),
  z.object({ kind: z.literal('stale_rate'), rate: amount, source: z.string(), quoted_at: time }),
  z.object({ kind: z.literal('no_rate') }),
  /** As the process that answers sees it. */
  z.object({ kind: z.literal('failing_target'), target: z.string(), error_code: z.string() }),
  /** Records on this process's disk that are not yet in the database. */
  z.object({ kind: z.literal('spool_backlog'), records: count, bytes: count }),
  /** Nobody was told by this channel for three days. */
  z.object({
    kind: z.literal('failing_channel'),
    id: z.string(),
    channel: z.enum(channelKinds),
    client: z.string().nullable(),
    since: time,
    error: z.string(),
    error_code: deliveryErrorCode.nullable(),
  }),
  z.object({
    kind: z.literal('paused_client'),
    client: z.string(),
    client_name: z.string(),
    budgets: z.array(z.object({ type: z.string(), period: z.string() })),
  }),
  z.object({ kind: z.literal('budget_near_limit'), client_name: z.string(), budget }),
])
type Attention = z.input<typeof attention>

export async function readAttention(
  { owner, rates, targetHealth, ledger }: HttpContext,
  budgets: readonly Budget[],
  window: { from: Date; to: Date },
): Promise<Attention[]> {
  const [models, deadLetters, channels] = await Promise.all([
    summarizeUsage(owner, { ...window, by: 'model' }),
    countDeadLetters(owner),
    listChannels(owner),
  ])
  const found: Attention[] = []
  for (const { provider, model_name, unpriced_usd } of models) {
    if (unpriced_usd > 0n)
      found.push({ kind: 'unpriced_model', provider: provider ?? '', model: `${provider}/${model_name}`, calls: unpriced_usd })
  }
  const orphaned = models.reduce((sum, group) => sum + group.orphaned, 0n)
  if (orphaned > 0n) found.push({ kind: 'orphaned_calls', calls: orphaned })
  if (deadLetters > 0) found.push({ kind: 'dead_letters', records: deadLetters })
  const quote = rates.find()
  if (!quote) found.push({ kind: 'no_rate' })
  else if (quote.stale) found.push({ kind: 'stale_rate', rate: quote.rate, source: quote.source, quoted_at: quote.quotedAt })
  for (const { name, code } of targetHealth.failingTargets()) found.push({ kind: 'failing_target', target: name, error_code: code })
  if (ledger.depth >= spoolBacklog) found.push({ kind: 'spool_backlog', records: ledger.depth, bytes: ledger.spoolBytes })
  return [...found, ...ofChannels(channels), ...(await ofBudgets(owner, budgets))]
}

function ofChannels(channels: readonly Channel[]): Attention[] {
  return channels.flatMap((channel): Attention[] => {
    const { id, kind, client, failingSince, isActive, lastError, lastErrorCode } = channel
    if (!isActive || failingSince === null || !isFailing(channel, Date.now())) return []
    const why = { error: lastError ?? '', error_code: lastErrorCode }
    return [{ kind: 'failing_channel', id, channel: kind, client: client?.slug ?? null, since: failingSince, ...why }]
  })
}

async function ofBudgets(owner: HttpContext['owner'], budgets: readonly Budget[]): Promise<Attention[]> {
  const paused = budgets.filter(({ isPaused }) => isPaused)
  const near = budgets.filter(({ percentage }) => Number(percentage) >= nearPercentage)
  const names = await findClientNames(
    owner,
    [...paused, ...near].map(({ clientId }) => clientId),
  )
  const who = ({ clientId, clientSlug }: Budget) => ({ client: clientSlug, client_name: names.get(clientId)?.name ?? clientSlug })
  return [
    ...[...Map.groupBy(paused, ({ clientId }) => clientId).values()].flatMap((own): Attention[] => {
      const [first] = own
      return first ? [{ kind: 'paused_client', ...who(first), budgets: own.map(({ type, period }) => ({ type, period })) }] : []
    }),
    ...near
      .toSorted((a, b) => Number(b.percentage) - Number(a.percentage))
      .map((one): Attention => ({ kind: 'budget_near_limit', client_name: who(one).client_name, budget: budgetToJson(one) })),
  ]
}
