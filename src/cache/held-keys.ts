import { setTimeout as delay } from 'node:timers/promises'
import { type Database, isConnectionError } from '../database/index.ts'
import type { Clock } from '../shared/clock.ts'
import { GatewayError } from '../shared/errors.ts'
import type { Log } from '../shared/log.ts'
import { NoAnswerError, withTimeout } from '../shared/with-timeout.ts'
import type { Flight, KeptAnswer } from './flight.ts'
import { notKept } from './refusals.ts'
import { type RequestPrint, sealBody } from './request-print.ts'
import { evictKeptAnswers } from './sql/evict-kept-answers.ts'
import { freeKey } from './sql/free-key.ts'
import { keepAnswer } from './sql/keep-answer.ts'
import { type HeldKey, renewLeases } from './sql/renew-leases.ts'

/** The last bytes do not wait longer than this for their copy to be in the database. */
const patienceMs = 2_000
const attemptTimeoutMs = 10_000
const retryMs = { first: 100, most: 2_000 }
/** What an outage of the database this long has kept out of it stays out: its lease ends, and a repeat is told that nobody knows. */
const giveUpAfterMs = 5 * 60_000
/** A client's bound is looked at each time that this part of it was written. */
const evictEvery = 1 / 16

/** The right to make the call of a key. Its holder ends it, once, by one of the three. None of them throws. */
export interface KeyClaim {
  readonly callId: string
  /** The lease was not renewed in time, so another process may have taken the key: no provider may be asked any more. */
  isLost(): boolean
  /** The call took something. Undefined: its answer is too long to be kept. Resolves when a repeat on any replica will find it. */
  keep(answer: KeptAnswer | undefined): Promise<void>
  /** It took nothing, and a repeat runs afresh. Those who have joined it in this process get its end, where it has one to give. */
  free(end: KeptAnswer | GatewayError | undefined): Promise<void>
  /** Nobody here can say what it took. When the lease is over the ledger decides: a repeat runs only if it knows nothing of the call. */
  abandon(error?: GatewayError): void
}

interface HeldKeysOptions {
  database: Database
  leaseMs: number
  clientBytes: number
  clock: Clock
  log: Log
}

interface Held extends HeldKey {
  leaseUntilMs: number
}

/** The keys whose calls this process makes. Their leases are renewed together. */
export class HeldKeys {
  readonly #database: Database
  readonly #leaseMs: number
  readonly #clientBytes: number
  readonly #clock: Clock
  readonly #log: Log
  readonly #held = new Set<Held>()
  readonly #writing = new Set<Promise<void>>()
  /** Bytes of each client since its bound was looked at. */
  readonly #written = new Map<string, number>()
  readonly #timer: NodeJS.Timeout
  #closing = false

  constructor({ database, leaseMs, clientBytes, clock, log }: HeldKeysOptions) {
    this.#database = database
    this.#leaseMs = leaseMs
    this.#clientBytes = clientBytes
    this.#clock = clock
    this.#log = log
    this.#timer = setInterval(() => void this.#renew(), leaseMs / 3)
    this.#timer.unref()
  }

  hold(key: HeldKey, print: RequestPrint, leaseUntilMs: number, flight: Flight<KeptAnswer>): KeyClaim {
    const held: Held = { ...key, leaseUntilMs }
    this.#held.add(held)
    const { callId } = key
    return {
      callId,
      isLost: () => this.#clock.nowMs() >= held.leaseUntilMs,
      keep: async (answer) => {
        const end = answer ? { answer } : { error: notKept(callId) }
        flight.tell(end)
        const sealed = answer && { ...answer, body: sealBody(print, callId, answer.body) }
        const written = this.#write(held, () => keepAnswer(this.#database, key, sealed)).finally(() => flight.land(end))
        const bounded = written.then(() => this.#bound(key.clientId, answer?.body.length ?? 0)).finally(() => this.#writing.delete(bounded))
        this.#writing.add(bounded)
        await Promise.race([written, delay(patienceMs, undefined, { ref: false })])
      },
      free: async (end) => {
        const written = this.#write(held, () => freeKey(this.#database, key))
        await Promise.race([written, delay(patienceMs, undefined, { ref: false })])
        flight.land(end === undefined ? 'again' : end instanceof GatewayError ? { error: end } : { answer: end })
      },
      abandon: (error) => {
        this.#held.delete(held)
        flight.land(error === undefined ? 'again' : { error })
      },
    }
  }

  async close(): Promise<void> {
    this.#closing = true
    clearInterval(this.#timer)
    await Promise.all(this.#writing)
  }

  /** Tries for as long as an outage may last. Never rejects. */
  #write(held: Held, write: () => Promise<void>): Promise<void> {
    const written = this.#untilWritten(write).finally(() => {
      this.#held.delete(held)
      this.#writing.delete(written)
    })
    this.#writing.add(written)
    return written
  }

  /** Behind everybody's back, so that whoever holds many keys for nothing does not fill the disk. */
  async #bound(clientId: string, bytes: number): Promise<void> {
    const written = (this.#written.get(clientId) ?? 0) + bytes
    this.#written.set(clientId, written)
    if (this.#closing || written < this.#clientBytes * evictEvery) return
    this.#written.delete(clientId)
    try {
      await evictKeptAnswers(this.#database, clientId, this.#clientBytes)
    } catch (error) {
      if (!isConnectionError(error)) this.#log.error('[Idempotency] old answers could not be emptied', error)
    }
  }

  async #untilWritten(write: () => Promise<void>): Promise<void> {
    const giveUpAtMs = this.#clock.nowMs() + giveUpAfterMs
    for (let pauseMs = retryMs.first; ; pauseMs = Math.min(pauseMs * 2, retryMs.most)) {
      try {
        return await withTimeout(write(), attemptTimeoutMs)
      } catch (error) {
        const mayPass = isConnectionError(error) || error instanceof NoAnswerError
        if (!mayPass || this.#closing || this.#clock.nowMs() >= giveUpAtMs) {
          this.#log.error('[Idempotency] the end of a call could not be kept; a repeat of it will be refused', error)
          return
        }
        await delay(pauseMs)
      }
    }
  }

  async #renew(): Promise<void> {
    const held = [...this.#held]
    if (held.length === 0) return
    const sinceMs = this.#clock.nowMs()
    try {
      const renewed = await renewLeases(this.#database, held, this.#leaseMs)
      for (const key of held) if (renewed.has(key.callId)) key.leaseUntilMs = sinceMs + this.#leaseMs
    } catch (error) {
      if (!isConnectionError(error)) this.#log.error('[Idempotency] leases could not be renewed', error)
    }
  }
}
