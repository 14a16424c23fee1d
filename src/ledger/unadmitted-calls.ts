import { LedgerUnavailableError } from '../shared/errors.ts'
import type { CallRecord } from './call-record.ts'
import type { Spool, SpoolEntry } from './spool.ts'
import { toJson, toRow } from './to-row.ts'

/**
 * Calls that go on while the database cannot admit them. No hold in the database remembers them, so a note on disk does, until their
 * own record is there. Without a disk (a serverless function) nothing can.
 */
export class UnadmittedCalls {
  readonly #spool: Spool | undefined
  readonly #notes = new Map<string, SpoolEntry | undefined>()

  constructor(spool: Spool | undefined) {
    this.#spool = spool
  }

  has(callId: string): boolean {
    return this.#notes.has(callId)
  }

  async goOn(presumed: CallRecord): Promise<void> {
    // At once, because a refused reserve may be found to have been committed at any moment.
    this.#notes.set(presumed.callId, undefined)
    try {
      this.#notes.set(presumed.callId, await this.#spool?.note(toJson(toRow(presumed))))
    } catch (error) {
      this.#notes.delete(presumed.callId)
      throw new LedgerUnavailableError('Neither the database nor the disk can keep a record of this call. Try again shortly.', {
        retryAfterMs: 1_000,
        cause: error,
      })
    }
  }

  async settled(callId: string): Promise<void> {
    const note = this.#notes.get(callId)
    this.#notes.delete(callId)
    if (note) await this.#spool?.forget(note)
  }
}
