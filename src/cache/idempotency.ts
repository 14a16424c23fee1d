import { setTimeout as delay } from 'node:timers/promises'
import { type Database, isConnectionError, orUnavailable } from '../database/index.ts'
import type { Clock } from '../shared/clock.ts'
import { GatewayError, LedgerUnavailableError } from '../shared/errors.ts'
import type { Log } from '../shared/log.ts'
import { NoAnswerError, withTimeout } from '../shared/with-timeout.ts'
import { Flight, type KeptAnswer } from './flight.ts'
import { HeldKeys, type KeyClaim } from './held-keys.ts'
import { inProgress, notKept, outcomeUnknown, retryAfterMs, reused } from './refusals.ts'
import { openBody, printRequest, type RequestPrint } from './request-print.ts'
import { claimKey } from './sql/claim-key.ts'
import { deleteOldKeys } from './sql/delete-old-keys.ts'
import { findKey, type KeyRow } from './sql/find-key.ts'
import { takeOverKey } from './sql/take-over-key.ts'

/** A refusal for want of a database takes no longer than the ledger's. */
const queryTimeoutMs = 2_000
const pollMs = { first: 50, most: 1_000 }
const deletedAtOnce = 1_000

export interface KeyedRequest {
  clientId: string
  /** As `checkIdempotencyKey` lets it through. */
  key: string
  /** All that makes it this request: its address and its bytes. */
  request: readonly (string | Buffer)[]
  /** The call that is made if nobody has made it yet. */
  callId: string
  /** Aborts when the one who asks has gone away. */
  gone: AbortSignal
}

export interface IdempotencyOptions {
  database: Database
  /** Does the ledger know of this call? Then a provider may have been asked. */
  isKnownCall(callId: string): Promise<boolean>
  /** How long a repeat waits for a call under way. */
  waitMs: number
  /** For so long the key of a call whose process has died counts as under way. */
  leaseMs: number
  /** A longer body is not kept. */
  maxBytes: number
  /** Of all bodies that are kept for one client; the oldest give way. */
  clientBytes: number
  clock: Clock
  log: Log
}

export function isClaim(turn: KeyClaim | KeptAnswer): turn is KeyClaim {
  return 'callId' in turn
}

/**
 * Calls with an Idempotency-Key, over all replicas. Before a provider is asked the key is claimed in the database, for as long as the
 * process renews its lease; a claim that was left behind is taken over only where the ledger knows nothing of its call. So whatever dies
 * when, no key is ever billed twice.
 */
export class IdempotencyKeys {
  readonly maxBytes: number
  readonly #options: IdempotencyOptions
  readonly #held: HeldKeys
  readonly #flights = new Map<string, Flight<KeptAnswer>>()

  constructor(options: IdempotencyOptions) {
    this.#options = options
    this.#held = new HeldKeys(options)
    this.maxBytes = options.maxBytes
  }

  /**
   * A claim for the first: the call is theirs to make, and they end the claim whatever happens. The answer for everybody else, waited for
   * while the call is under way. Rejects with IdempotencyError, LedgerUnavailableError, the first call's own refusal, or `gone.reason`.
   */
  async ask(asked: KeyedRequest): Promise<KeyClaim | KeptAnswer> {
    const print = printRequest(asked.clientId, asked.key, asked.request)
    const id = [asked.clientId, print.keyHash.toString('base64'), print.requestHash.toString('base64')].join(' ')
    const untilMs = this.#options.clock.nowMs() + this.#options.waitMs
    for (;;) {
      const flight = this.#flights.get(id)
      if (!flight) return await this.#lead(id, asked, print, untilMs)
      const end = await flight.join(asked.gone, untilMs - this.#options.clock.nowMs())
      if (end === 'late') throw inProgress()
      if (end === 'again') continue
      if ('error' in end) throw end.error
      return end.answer
    }
  }

  /** Forgets what is older than 24 hours. */
  async deleteOld(): Promise<void> {
    while ((await deleteOldKeys(this.#options.database, deletedAtOnce)) === deletedAtOnce);
  }

  /** Waits until what ended is in the database, for as long as that answers. */
  close(): Promise<void> {
    return this.#held.close()
  }

  async #lead(id: string, asked: KeyedRequest, print: RequestPrint, untilMs: number): Promise<KeyClaim | KeptAnswer> {
    const flight = new Flight<KeptAnswer>(() => {
      // Behind the same id there may be the next one by now.
      if (this.#flights.get(id) === flight) this.#flights.delete(id)
    })
    this.#flights.set(id, flight)
    try {
      const turn = await this.#untilDecided(asked, print, untilMs, flight)
      if (!isClaim(turn)) flight.land({ answer: turn })
      return turn
    } catch (error) {
      // Patience and presence are the leader's own; any other verdict holds for all who wait with it.
      const isShared = error instanceof GatewayError && error.code !== 'idempotency_in_progress'
      flight.land(isShared ? { error } : 'again')
      throw error
    }
  }

  /** Claims the key, or waits for whoever has it in another process. */
  async #untilDecided(
    asked: KeyedRequest,
    print: RequestPrint,
    untilMs: number,
    flight: Flight<KeptAnswer>,
  ): Promise<KeyClaim | KeptAnswer> {
    const { database, leaseMs, clock } = this.#options
    const key = { clientId: asked.clientId, keyHash: print.keyHash, callId: asked.callId }
    let row: KeyRow | undefined
    for (let pauseMs = pollMs.first; ; pauseMs = Math.min(pauseMs * 2, pollMs.most)) {
      asked.gone.throwIfAborted()
      // Taken before the database's own clock is, so that a lease is never thought longer than it is.
      const sinceMs = clock.nowMs()
      const hold = () => this.#held.hold(key, print, sinceMs + leaseMs, flight)
      if (!row) {
        if (await promptly(() => claimKey(database, { ...key, requestHash: print.requestHash, leaseMs }))) return hold()
        row = await promptly(() => findKey(database, key.clientId, key.keyHash))
        if (!row) continue
      }
      if (!row.request_hash.equals(print.requestHash)) throw reused()
      if (row.state === 'done') return toAnswer(row, print)
      if (row.is_left) {
        const leftBy = row.call_id
        if (await promptly(() => this.#options.isKnownCall(leftBy))) throw outcomeUnknown(leftBy)
        if (await promptly(() => takeOverKey(database, { ...key, leaseMs }, leftBy))) return hold()
      }
      if (clock.nowMs() >= untilMs) throw inProgress()
      await delay(pauseMs, undefined, { signal: asked.gone, ref: false }).catch(() => {})
      row = await promptly(() => findKey(database, key.clientId, key.keyHash))
    }
  }
}

/** An outage is an answer too, and one that does not keep the caller waiting. */
async function promptly<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await orUnavailable(() => withTimeout(ask(), queryTimeoutMs))
  } catch (error) {
    if (!(error instanceof NoAnswerError) && !(error instanceof LedgerUnavailableError) && !isConnectionError(error)) throw error
    throw new LedgerUnavailableError(
      'The database cannot be reached, so it cannot be promised that a call with an Idempotency-Key is billed only once. Try again shortly.',
      { cause: error, retryAfterMs },
    )
  }
}

function toAnswer({ call_id, status, headers, body, is_cut }: KeyRow, print: RequestPrint): KeptAnswer {
  if (!body || !headers || status === null) throw notKept(call_id)
  return { status, headers, body: openBody(print, call_id, body), isCut: is_cut }
}
