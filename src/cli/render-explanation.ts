import type { CallExplanation } from '../gateway/index.ts'
import { formatTime } from './format.ts'
import { type Column, printable, right, table } from './table.ts'
import type { Terminal } from './terminal.ts'

const statusMeans: Record<string, string> = {
  ok: 'answered; the figures are the provider’s',
  error: 'ended in an error; only what the provider reported is charged',
  cancelled: 'the caller went away; the real usage was read to its end',
  estimated: 'the provider told no usable figures; not below what was streamed',
  orphaned: 'nobody settled it in time; charged at its hold’s upper bound',
}

const flagMeans: Record<string, string> = {
  over_hold: 'the provider billed more than the hold’s upper bound',
  usage_missing: 'the provider reported no usage',
  usage_rejected: 'the provider reported a usage that cannot be',
  hold_released: 'the operator chose to release expired holds of this client',
  hedge_lost: 'two targets were asked at once, and the slower one was let go',
  system_credentials: 'Vercel answered with its own key, paid from Vercel credits',
}

const undecidableMeans: Record<string, string> = {
  bound: 'The figures are the upper bound of the hold, not a count of tokens.',
  no_price: 'The row names no price version, so its cost cannot be computed again.',
  several_attempts: 'Several attempts took tokens, and the row has only their sum: see the cost of each attempt.',
  one_hour_cache_writes: 'How much of the cache write was for an hour, at another price, is not on the row.',
  units: 'The model is billed by minutes, characters or images, and the row has none.',
}

const unitNames: Record<string, string> = { transcription: 'seconds of audio', speech: 'characters', image: 'images' }

/** The whole story for a person, in exact amounts: nothing here is rounded for the eye. */
export function renderExplanation(explanation: CallExplanation, terminal: Terminal): string {
  const zone = explanation.call?.time_zone ?? explanation.admission?.time_zone ?? 'UTC'
  const time = (at: unknown) => (at instanceof Date ? formatTime(at, zone, terminal.locale) : String(at ?? '-'))
  const heading = (text: string) => terminal.style('bold', text)
  const parts = [
    renderHead(explanation, time),
    renderCost(explanation, time, heading),
    renderAttempts(explanation, heading),
    renderMoves('Budgets it moved', explanation.charges, time, heading),
    renderMoves('Counted in budgets that took another’s place since', explanation.openings, time, heading),
    explanation.call && explanation.charges.length === 0 ? 'It moved no budget: the client had none.\n' : '',
    renderMoves('Adjustments: the truth that came later', explanation.adjustments, time, heading),
    renderMoves('Held in budgets', explanation.holds, time, heading),
    ...explanation.dead_letters.map(
      ({ created_at, error, record }) =>
        `${heading('Dead letter')}: the record could not be booked (${time(created_at)}): ${printable(error)}\n${printable(JSON.stringify(record))}\n`,
    ),
  ]
  return parts.filter((part) => part !== '').join('\n')
}

type ShowTime = (at: unknown) => string
type Heading = (text: string) => string

function renderHead(explanation: CallExplanation, time: ShowTime): string {
  const { call_id, state, call, admission } = explanation
  const lines: [name: string, value: string | null | undefined][] = []
  if (call) {
    lines.push(
      ['status', `${call.status}${call.error_code === null ? '' : `, ${call.error_code}`}: ${statusMeans[call.status] ?? ''}`],
      ...call.flags.map((flag): [string, string] => ['flag', `${flag}: ${flagMeans[flag] ?? '(no explanation)'}`]),
      ['client', call.client],
      ['admitted', `${time(call.created_at)} ${call.time_zone}`],
      ['model', `${call.provider}/${call.model_name}${call.via === null ? '' : ` via ${call.via}`} (${call.api_type}, ${call.source})`],
      ['units', call.units === null ? undefined : `${call.units} ${unitNames[call.api_type] ?? ''}`],
      ['request', call.request_id],
      ['asked for as', call.requested_model],
      ['fallback', call.fallback_reason],
      ['took', call.latency_ms === null ? undefined : `${call.latency_ms} ms, first token ${call.first_token_ms ?? '-'} ms`],
      ['cached', call.was_cached ? `answered from the response cache, at no cost; it saved US$ ${call.saved_usd ?? '-'}` : undefined],
      ['WARNING', explanation.rows > 1 ? `${explanation.rows} rows have this call id; the oldest is shown` : undefined],
    )
  }
  if (admission) {
    const { at_most, output_tokens } = admission
    lines.push(
      ['status', admission.is_expired ? 'not settled, and its hold has expired: it will be charged as orphaned' : 'in flight'],
      ['client', admission.client],
      ['admitted', `${time(admission.admitted_at)} by ${admission.replica}; the hold expires ${time(admission.expires_at)}`],
      ['model', `${admission.model}${admission.via === null ? '' : ` via ${admission.via}`}`],
      ['at most', `${at_most.tokens ?? '-'} tokens (${output_tokens} of output), US$ ${at_most.usd ?? '-'}, R$ ${at_most.brl ?? '-'}`],
    )
  }
  if (state === 'not_booked') lines.push(['status', 'it has no row: its record could not be booked'])
  if (state === 'archived')
    lines.push(['status', 'archived: its row is not here any more, only what was told late (npx catraca db archive list)'])
  const shown = lines.filter((line): line is [string, string] => typeof line[1] === 'string')
  return [`Call ${call_id}`, ...shown.map(([name, value]) => `  ${name.padEnd(9)} ${printable(value)}`)].map((line) => `${line}\n`).join('')
}

function renderCost({ cost, price, rate }: CallExplanation, time: ShowTime, heading: Heading): string {
  const lines: string[] = []
  if (cost && cost.parts.length > 0) {
    const rows = cost.parts.map(({ part, tokens, usd_per_million, usd }) => [
      part.replaceAll('_', ' '),
      String(tokens),
      usd_per_million,
      usd,
    ])
    lines.push(table(partColumns, [...rows, ['sum, rounded once', '', '', cost.parts_usd ?? '-']]))
  }
  if (price) {
    const until = price.valid_to === null ? '' : ` to ${time(price.valid_to)}`
    const tier = cost?.tier_above_input_tokens ? `, tier above ${cost.tier_above_input_tokens} input tokens` : ''
    const source = price.reference === null ? price.source : `${price.source}, ${price.reference}`
    lines.push(`price  ${price.id} of ${price.model}, from ${time(price.valid_from)}${until} (${source})${tier}\n`)
  }
  lines.push(
    rate ? `rate   R$ ${rate.brl_for_one_usd} a dollar (${rate.source ?? '-'}, ${time(rate.quoted_at)})\n` : 'rate   none is on record\n',
  )
  if (cost) {
    lines.push(`cost   US$ ${cost.usd ?? '-'}, R$ ${cost.brl ?? '-'}\n`)
    if (cost.why_undecidable !== null) lines.push(`${undecidableMeans[cost.why_undecidable] ?? cost.why_undecidable}\n`)
    for (const { what, booked, expected } of cost.problems)
      lines.push(`WRONG  ${what}: booked ${booked ?? '-'}, computed ${expected ?? '-'}\n`)
  }
  return `${heading('Cost')}\n${lines.map(printableLines).join('')}`
}

const partColumns: readonly Column[] = ['PART', right('TOKENS'), right('US$ A MILLION'), right('US$')]

function renderAttempts({ attempts }: CallExplanation, heading: Heading): string {
  if (attempts.length === 0) return ''
  const columns: Column[] = [right('#'), 'MODEL', 'VIA', right('HTTP'), 'ERROR', right('TOKENS'), right('US$'), right('MS'), 'REQUEST']
  const cell = (value: unknown) => (value === undefined || value === null ? '-' : String(value))
  const rows = attempts.map((attempt, index) => [
    String(index + 1),
    `${cell(attempt.provider)}/${cell(attempt.model)}`,
    ...[attempt.via, attempt.status, attempt.error, attempt.tokens, attempt.cost_usd, attempt.latency_ms, attempt.request_id].map(cell),
  ])
  return `${heading('Attempts')}\n${table(columns, rows)}`
}

type Move = CallExplanation['charges'][number] & { reason?: string | null; made_at?: Date | null }

function renderMoves(title: string, moves: readonly Move[], time: ShowTime, heading: Heading): string {
  if (moves.length === 0) return ''
  const columns: Column[] = ['BUDGET', right('AMOUNT'), 'PERIOD', right('USED NOW'), right('LIMIT'), 'ID']
  const rows = moves.map((move) => {
    const note = move.reason ? ` (${move.reason}, ${time(move.made_at)})` : ''
    const kind =
      move.type === null
        ? move.budget_id === null
          ? 'no budget'
          : 'deleted'
        : `${move.type} ${move.period} ${move.hard ? 'hard' : 'soft'}${move.retired_at === null ? '' : ', replaced since'}`
    const period =
      move.period_start === null ? '-' : `${time(move.period_start)} to ${move.period_end === null ? '?' : time(move.period_end)}`
    return [`${kind}${note}`, amountOf(move.amount), period, amountOf(move.period_used), amountOf(move.period_limit), move.budget_id ?? '-']
  })
  return `${heading(title)}\n${table(columns, rows)}`
}

function amountOf(amount: string | number | null): string {
  return amount === null ? '-' : String(amount)
}

/** Of several lines, each made harmless. */
function printableLines(text: string): string {
  return text
    .split('\n')
    .map((line) => printable(line))
    .join('\n')
}
