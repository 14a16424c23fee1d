import type { Queryable } from '../database/index.ts'
import { InvalidRequestError } from '../shared/errors.ts'
import { isUuid } from '../shared/id.ts'
import { type AdmissionRow, findAdmission } from './sql/find-admission.ts'
import { findCallIds } from './sql/find-call-ids.ts'
import { type CallMoveRow, findCallMoves } from './sql/find-call-moves.ts'
import { type CallRow, findCallRows } from './sql/find-call-rows.ts'
import { type DeadLetterRow, findDeadLetters } from './sql/find-dead-letters.ts'
import { findLastArchivedMonth } from './sql/find-last-archived-month.ts'

/** All that the ledger knows of a call. Exactly one row is what a settled call has; a call in flight has none and an admission. */
export interface CallStory {
  callId: string
  rows: CallRow[]
  /** Set while the call is in flight, and after its process died until the hold expires. */
  admission: AdmissionRow | undefined
  moves: CallMoveRow[]
  deadLetters: DeadLetterRow[]
}

const mostNamed = 5

/**
 * By call id, or by a request id that a provider gave (its own, or that of any attempt). Throws InvalidRequestError `not_found` for an id
 * that nothing has, and `invalid_body` for a request id of several calls, naming them.
 */
export async function getCall(db: Queryable, id: string): Promise<CallStory> {
  const story = isUuid(id) ? await findStory(db, id.toLowerCase()) : undefined
  if (story) return story
  const [callId, ...more] = await findCallIds(db, id, mostNamed)
  if (callId !== undefined && more.length > 0) {
    throw new InvalidRequestError('invalid_body', `Several calls have the request id "${id}"; name one: ${[callId, ...more].join(', ')}`)
  }
  const found = callId === undefined ? undefined : await findStory(db, callId)
  if (found) return found
  const archived = await findLastArchivedMonth(db)
  const hint = archived === undefined ? '' : `. Months up to ${archived} were put away, and their calls are not looked for`
  throw new InvalidRequestError(
    'not_found',
    `There is no call "${id}": neither a row nor a call in flight has it as call id or request id${hint}`,
  )
}

/** Was this call ever admitted and not released? True from its admission on, whatever became of it. */
export async function isKnownCall(db: Queryable, callId: string): Promise<boolean> {
  return (await findStory(db, callId)) !== undefined
}

async function findStory(db: Queryable, callId: string): Promise<CallStory | undefined> {
  // In this order: a call that is settled in between shows up in one of the two, perhaps in both, never in none.
  const admission = await findAdmission(db, callId)
  const [rows, moves, deadLetters] = await Promise.all([findCallRows(db, callId), findCallMoves(db, callId), findDeadLetters(db, callId)])
  if (!admission && rows.length === 0 && deadLetters.length === 0 && moves.length === 0) return undefined
  return { callId, rows, admission: rows.length === 0 ? admission : undefined, moves, deadLetters }
}
