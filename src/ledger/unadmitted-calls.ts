import { LedgerUnavailableError } from '../shared/errors.ts'
import type { CallRecord } from './call-record.ts'
import type { Spool, SpoolEntry } from './spool.ts'
import { toJson, toRow } from './to-row.ts'

/** A statement is given up after some seconds; so many calls do not go on in that time. */
const rememberedCalls = 10_000

/**
 * Calls that go on while the database cannot admit them. No hold in the database remembers them, so a note on disk does, until their
 * own record is there. Without a disk (a serverless function) nothing can.
 */
export class UnadmittedCalls {
  readonly #spool: Spool | undefined
  readonly #notes = new Map<string, SpoolEntry | undefined>()
  /** The last ones that went on, also those that are settled by now. */
  readonly #wentOn = new Set<string>()

  constructor(spool: Spool | undefined) {
    this.#spool = spool
  }

  /** Is there a call that went on and is not settled? */
  get isAny(): boolean {
    return this.#notes.size > 0
  }

  wentOn(callId: string): boolean {
    return this.#wentOn.has(callId)
  }

  async goOn(presumed: CallRecord): Promise<void> {
    // At once, because a refused reserve may be found to have been committed at any moment.
    this.#notes.set(presumed.callId, undefined)
    this.#wentOn.add(presumed.callId)
    if (this.#wentOn.size > rememberedCalls) this.#wentOn.delete(this.#wentOn.values().next().value ?? '')
    try {
      this.#notes.set(presumed.callId, await this.#spool?.note(toJson(toRow(presumed))))
    } catch (error) {
      this.#notes.delete(presumed.callId)
      this.#wentOn.delete(presumed.callId)
      throw new LedgerUnavailableError('Neither the database nor the disk can keep a record of this call. Try again shortly.', {
        retryAfterMs: 1_000,
        cause: error,
      })
    }
  }

  /** Its own record is safe. */
  async settled(callId: string): Promise<void> {
    await this.#forget(callId)
  }

  /** It came to nothing after all, and `entry` says so in the spool. A hold that it may still get is to be freed. */
  async released(callId: string, entry: SpoolEntry | undefined): Promise<void> {
    this.#wentOn.delete(callId)
    await this.#forget(callId, entry)
  }

  async #forget(callId: string, instead?: SpoolEntry): Promise<void> {
    const note = this.#notes.get(callId)
    this.#notes.delete(callId)
    if (note) await this.#spool?.forget(note, instead)
  }
}
