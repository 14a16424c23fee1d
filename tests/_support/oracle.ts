import type { Database } from '../../src/database/index.ts'
import type { ServedCall } from '../../src/emulator/index.ts'
import type { CallerView } from './call-gateway.ts'

/** A call that a test has sent, under an id of its own that the prompt carries as `[[call ID]]`. */
export interface SentCall {
  id: string
  clientId: string
  /**
   * The hold's input bound. No two calls of a client have the same, so a row that knows nothing but its hold (the process died before
   * the answer began) still says which call it is.
   */
  inputBound: number
  view: CallerView | undefined
}

interface Row {
  call_id: string
  client_id: string
  request_id: string | null
  status: string
  flags: string[]
  input_tokens: bigint
  output_tokens: bigint
  total_tokens: bigint
  attempts: { request_id?: string }[]
  /** The real record, where it came after the estimate had been charged. */
  truth: { input_tokens: number; output_tokens: number; total_tokens: number; status: string } | null
}

export interface Verdict {
  served: number
  rows: number
  /** Exactly as the emulator counted. */
  exact: number
  /** Charged as estimates, not below what was served; the rest of `rows` never reached the emulator. */
  orphaned: number
  estimated: number
  /** Estimates whose truth came later. */
  adjusted: number
  /** What must not be, in words. */
  mismatches: string[]
}

/** Compares what the emulator served, call by call, with the rows that the ledger has of the same clients. */
export async function judge(database: Database, sent: readonly SentCall[], served: readonly ServedCall[]): Promise<Verdict> {
  const rows = await readRowsWithTruth(database, [...new Set(sent.map(({ clientId }) => clientId))])
  const { rowsOfCall, strays } = assign(rows, sent, served)
  const verdict: Verdict = {
    served: served.length,
    rows: rows.length,
    exact: 0,
    orphaned: 0,
    estimated: 0,
    adjusted: 0,
    mismatches: strays,
  }
  for (const call of served) {
    const [row, ...more] = rowsOfCall.get(call.call ?? '') ?? []
    if (!row || more.length > 0) verdict.mismatches.push(`${describe(call)} has ${row ? more.length + 1 : 0} rows`)
    else judgeRow(verdict, call, row)
  }
  const servedIds = new Set(served.map(({ call }) => call))
  for (const call of sent) judgeView(verdict, call, servedIds.has(call.id), rowsOfCall.get(call.id) ?? [])
  return verdict
}

/** Without what was charged as an orphan and then taken back whole, because the call turned out never to have come to pass. */
async function readRowsWithTruth(database: Database, clientIds: string[]): Promise<Row[]> {
  return await database.query<Row>(
    `select u.call_id, u.client_id, u.request_id, u.status, u.flags, u.input_tokens, u.output_tokens, u.total_tokens, u.attempts,
       (select a.truth from budget_adjustments a where a.call_id = u.call_id limit 1) as truth
     from gateway_usage_logs u where u.client_id = any ($1)
       and not exists (select 1 from budget_adjustments a where a.call_id = u.call_id and a.reason = 'late_release')`,
    [clientIds],
  )
}

function assign(rows: readonly Row[], sent: readonly SentCall[], served: readonly ServedCall[]) {
  const byRequest = new Map(served.map((call) => [call.requestId, call.call ?? '']))
  const byBound = new Map(sent.map((call) => [`${call.clientId} ${call.inputBound}`, call.id]))
  const byCallId = new Map(sent.flatMap((call) => (call.view?.callId === undefined ? [] : [[call.view.callId, call.id]])))
  const rowsOfCall = new Map<string, Row[]>()
  const strays: string[] = []
  for (const row of rows) {
    const requests = [row.request_id, ...row.attempts.map((attempt) => attempt.request_id)]
    const named = requests.map((request) => byRequest.get(request ?? '')).find((id) => id !== undefined)
    const told = byCallId.get(row.call_id)
    const id = named ?? byBound.get(`${row.client_id} ${row.input_tokens}`) ?? told
    if (id === undefined || (told !== undefined && told !== id))
      strays.push(`row ${row.call_id} (${row.status}) is of ${id}, its caller was told ${told}`)
    else rowsOfCall.set(id, [...(rowsOfCall.get(id) ?? []), row])
  }
  return { rowsOfCall, strays }
}

function judgeRow(verdict: Verdict, call: ServedCall, row: Row): void {
  const truth = row.truth ?? (row.status === 'orphaned' || row.status === 'estimated' ? undefined : row)
  if (row.truth) verdict.adjusted += 1
  if (truth && truth.status !== 'estimated') {
    const isExact = Number(truth.input_tokens) === call.inputTokens && Number(truth.output_tokens) === call.outputTokensServed
    if (isExact) verdict.exact += 1
    else
      verdict.mismatches.push(`${describe(call)} is booked as ${truth.input_tokens} + ${truth.output_tokens} (${row.status} ${row.flags})`)
    return
  }
  verdict[row.status === 'orphaned' ? 'orphaned' : 'estimated'] += 1
  if (Number(row.total_tokens) < call.inputTokens + call.outputTokensServed) {
    verdict.mismatches.push(`${describe(call)} is ${row.status} below that: ${row.input_tokens} + ${row.output_tokens} (${row.flags})`)
  }
}

/** What a caller saw binds the ledger as well: a whole answer has an exact record, and a refusal costs nothing. */
function judgeView(verdict: Verdict, call: SentCall, wasServed: boolean, rows: readonly Row[]): void {
  const { view } = call
  if (!view) return
  if (view.complete && view.status === 200) {
    const isExact = rows.length === 1 && (rows[0]?.truth?.status ?? rows[0]?.status) === 'ok'
    if (!isExact) verdict.mismatches.push(`${call.id} was answered whole and has the rows ${rows.map(({ status }) => status)}`)
  }
  const isRefused = view.status === 402 || view.status === 503 || view.errorCode === 'budget_busy'
  if (isRefused && (wasServed || rows.length > 0)) {
    verdict.mismatches.push(`${call.id} was refused with ${view.status} ${view.errorCode}, served: ${wasServed}, rows: ${rows.length}`)
  }
}

function describe(call: ServedCall): string {
  return `${call.call} (${call.provider}, ${call.outcome}, ${call.inputTokens} + ${call.outputTokensServed} of ${call.outputTokensPlanned})`
}
