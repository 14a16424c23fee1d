import { type Database, isConnectionError } from '../database/index.ts'
import type { Clock } from '../shared/clock.ts'
import type { Log } from '../shared/log.ts'
import { Outage } from '../shared/remembered.ts'
import { NoAnswerError, withTimeout } from '../shared/with-timeout.ts'
import { AnswerMemory } from './answer-memory.ts'
import { type CachedRequest, deriveKeys, hashRequest } from './cache-key.ts'
import { type CachedAnswer, packAnswer, unpackAnswer } from './cached-answer.ts'
import { Flight } from './flight.ts'
import { openBody, sealBody } from './request-print.ts'
import { type Meaning, SemanticCache } from './semantic-cache.ts'
import { deleteExpiredAnswers } from './sql/delete-expired-answers.ts'
import { evictAnswers } from './sql/evict-answers.ts'
import { findCachedAnswer } from './sql/find-cached-answer.ts'
import { type SealedEntry, storeCachedAnswers } from './sql/store-cached-answers.ts'

const writeWithinMs = 10_000
/** Answers that wait for the database; more are kept in memory alone. */
const mostWaiting = 64
/** Who waits longer for the same call of somebody else makes it themselves: its reader may be a slow one. */
const joinPatienceMs = 30_000
const sweepEveryMs = 60_000
/** The bounds are looked at each time that this part of a client's was written. */
const evictEvery = 1 / 16

export interface ResponseCacheOptions {
  database: Database
  /** Gives 32 bytes that the database does not have, the same in all replicas. */
  vault: { deriveKey(purpose: string): Buffer }
  /** Of a whole answer; a longer one is not kept. */
  maxAnswerBytes: number
  /** Of all answers in this process. */
  memoryBytes: number
  /** Of a client's and of all answers in the database. */
  clientBytes: number
  totalBytes: number
  /** A call waits no longer than this for an answer of the database; one that is slower is asked for none for a while. */
  waitMs: number
  /** A call waits no longer than this for an answer by meaning. */
  semanticWaitMs: number
  clock: Clock
  log: Log
  outage: Outage
}

export interface CacheQuestion {
  request: CachedRequest
  ttlMs: number
  /** The caller's own limit of an answer's age. */
  maxAgeMs: number | undefined
  /** Aborts when nobody waits any more. */
  gone: AbortSignal
}

/** The call is to be made. Whoever has the turn ends it, once, whatever becomes of the call. Does not throw. */
export interface CacheTurn {
  /** The whole answer, or undefined where there is none to keep: those who waited for it then make the call themselves. */
  end(answer: CachedAnswer | undefined, meaning?: Meaning): void
}

/**
 * Whole answers by the hash of their request: in memory, and behind it in PostgreSQL, where replicas share them. It never fails a call:
 * what cannot be read is not there, and what cannot be written is kept in memory alone.
 */
export class ResponseCache {
  readonly maxAnswerBytes: number
  /** The same answers by what their requests mean. */
  readonly semantic: SemanticCache
  readonly #options: ResponseCacheOptions
  readonly #memory: AnswerMemory
  /** Of the looks here alone: that one was slow must not make limits and clients be taken from memory. */
  readonly #slowness = new Outage()
  readonly #flights = new Map<string, Flight<CachedAnswer>>()
  /** On their way to the database. */
  readonly #waiting = new Map<string, SealedEntry>()
  readonly #timer: NodeJS.Timeout
  #writing: Promise<void> | undefined
  #writtenBytes = 0

  constructor(options: ResponseCacheOptions) {
    this.#options = options
    this.maxAnswerBytes = options.maxAnswerBytes
    this.semantic = new SemanticCache({ ...options, secret: options.vault.deriveKey('catraca semantic cache') })
    this.#memory = new AnswerMemory(options.memoryBytes)
    this.#timer = setInterval(() => void this.#sweep(), sweepEveryMs)
    this.#timer.unref()
  }

  /** What it takes at the moment. */
  get memory(): { bytes: number; answers: number; unwritten: number } {
    return { bytes: this.#memory.bytes, answers: this.#memory.size, unwritten: this.#waiting.size }
  }

  /**
   * The answer where there is one, waited for while the same call is under way in this process; else the turn to make the call. Undefined
   * for a request that is too long to be cached. Rejects with `gone.reason` for who leaves while waiting.
   */
  async ask(question: CacheQuestion): Promise<CachedAnswer | CacheTurn | undefined> {
    const hash = hashRequest(question.request)
    if (!hash) return undefined
    const id = hash.toString('latin1')
    // Who takes no answer that is there takes none that is on its way either.
    if (question.maxAgeMs === 0) return this.#turn(question, hash, id, undefined)
    const remembered = this.#remembered(question, id)
    if (remembered) return remembered
    const flight = this.#flights.get(id)
    if (!flight) return await this.#lead(question, hash, id)
    const end = await flight.join(question.gone, joinPatienceMs)
    return typeof end === 'object' && 'answer' in end ? end.answer : this.#turn(question, hash, id, undefined)
  }

  /** Waits until what was kept is in the database, for as long as that answers. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#writing
  }

  #remembered({ ttlMs, maxAgeMs }: CacheQuestion, id: string): CachedAnswer | undefined {
    const entry = this.#memory.get(id)
    if (!entry) return undefined
    const ageMs = this.#options.clock.nowMs() - entry.storedAtMs
    if (ageMs >= ttlMs) this.#memory.delete(id)
    return ageMs < Math.min(ttlMs, maxAgeMs ?? ttlMs) ? entry.answer : undefined
  }

  async #lead(question: CacheQuestion, hash: Buffer, id: string): Promise<CachedAnswer | CacheTurn> {
    const flight = new Flight<CachedAnswer>(() => {
      if (this.#flights.get(id) === flight) this.#flights.delete(id)
    })
    this.#flights.set(id, flight)
    const found = await this.#find(question, hash, id)
    if (!found) return this.#turn(question, hash, id, flight)
    flight.land({ answer: found })
    return found
  }

  async #find({ request: { clientId }, ttlMs, maxAgeMs }: CacheQuestion, hash: Buffer, id: string): Promise<CachedAnswer | undefined> {
    const { database, waitMs, clock, log, outage } = this.#options
    if (outage.isKnown || this.#slowness.isKnown) return undefined
    const { keyHash, sealingKey } = deriveKeys(hash, clientId)
    try {
      const row = await withTimeout(findCachedAnswer(database, clientId, keyHash), waitMs)
      if (!row || row.age_ms >= ttlMs) return undefined
      const answer = unpackAnswer(openBody({ sealingKey }, clientId, row.sealed))
      const storedAtMs = clock.nowMs() - Math.max(0, row.age_ms)
      this.#memory.put(id, { answer, storedAtMs, expiresAtMs: storedAtMs + ttlMs })
      return row.age_ms < (maxAgeMs ?? ttlMs) ? answer : undefined
    } catch (error) {
      if (error instanceof NoAnswerError) this.#slowness.note()
      else if (isConnectionError(error)) outage.note()
      else log.error('[Cache] an answer could not be read; the call is made', error)
      return undefined
    }
  }

  #turn(question: CacheQuestion, hash: Buffer, id: string, flight: Flight<CachedAnswer> | undefined): CacheTurn {
    return {
      end: (answer, meaning) => {
        if (answer) {
          const storedAtMs = this.#options.clock.nowMs()
          this.#memory.put(id, { answer, storedAtMs, expiresAtMs: storedAtMs + question.ttlMs })
          this.#store(question.request.clientId, hash, answer, meaning)
        }
        flight?.land(answer ? { answer } : 'again')
      },
    }
  }

  /** Behind the caller's back: the answer is in memory, and the replicas' share of it can wait. */
  #store(clientId: string, hash: Buffer, answer: CachedAnswer, meaning: Meaning | undefined): void {
    if (this.#waiting.size >= mostWaiting) return
    const { keyHash, sealingKey } = deriveKeys(hash, clientId)
    const sealed = sealBody({ sealingKey }, clientId, packAnswer(answer))
    const written = meaning && this.semantic.write(clientId, hash, meaning)
    this.#waiting.set(hash.toString('latin1'), { clientId, keyHash, sealed, meaning: written })
    this.#writing ??= this.#write()
  }

  /** One statement at a time, so that calls never wait for a connection behind answers. */
  async #write(): Promise<void> {
    while (this.#waiting.size > 0) {
      const entries = [...this.#waiting.values()]
      this.#waiting.clear()
      try {
        await withTimeout(storeCachedAnswers(this.#options.database, entries), writeWithinMs)
        for (const { sealed, meaning } of entries) this.#writtenBytes += sealed.length + 4 * (meaning?.embedding.length ?? 0)
        if (this.#writtenBytes >= this.#options.clientBytes * evictEvery) await this.#evict()
      } catch (error) {
        if (isConnectionError(error) || error instanceof NoAnswerError) continue
        this.#options.log.error('[Cache] answers could not be kept for other replicas', error)
      }
    }
    this.#writing = undefined
  }

  async #evict(): Promise<void> {
    this.#writtenBytes = 0
    await evictAnswers(this.#options.database, this.#options)
  }

  async #sweep(): Promise<void> {
    this.#memory.deleteExpired(this.#options.clock.nowMs())
    try {
      await deleteExpiredAnswers(this.#options.database)
    } catch (error) {
      if (!isConnectionError(error)) this.#options.log.error('[Cache] old answers could not be deleted', error)
    }
  }
}

export function isTurn(found: CachedAnswer | CacheTurn): found is CacheTurn {
  return 'end' in found
}
