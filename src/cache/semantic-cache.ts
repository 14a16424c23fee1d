import { type Database, isConnectionError } from '../database/index.ts'
import type { Clock } from '../shared/clock.ts'
import type { Log } from '../shared/log.ts'
import { NoAnswerError, withTimeout } from '../shared/with-timeout.ts'
import { type CachedRequest, deriveKeys } from './cache-key.ts'
import { type CachedAnswer, unpackAnswer } from './cached-answer.ts'
import { openBody, sealBody } from './request-print.ts'
import { openRoom, type Room, turnVector } from './room.ts'
import { findNearestAnswer } from './sql/find-nearest-answer.ts'
import type { SealedEntry } from './sql/store-cached-answers.ts'

/** Where no vector came, or the database could not compare it, none is paid for until then: each would cost its call the wait for nothing. */
const restMs = { failed: 30_000, slow: 1_000 }
const mostResting = 1_000
/** What pgvector takes. */
const mostDimensions = 16_000

/** What a request means, to be kept with its answer. */
export interface Meaning {
  room: Room
  /** As it may be stored. */
  vector: readonly number[]
}

/** An answer to a request that means nearly the same. */
export interface NearAnswer {
  answer: CachedAnswer
  /** Cosine of the angle between the two, at most 1. */
  similarity: number
}

export interface SemanticQuestion {
  /** Its `body` without the last message's text. */
  request: CachedRequest
  /** Of the embeddings. */
  model: string
  /** Of the last message's text. */
  vector: readonly number[]
}

/**
 * Answers of the response cache by what was asked. Everything but the last message's text must be the same. It never fails a call, as the
 * response cache does not.
 */
export class SemanticCache {
  /** For the vector and the look together. */
  readonly waitMs: number
  readonly #database: Database
  readonly #secret: Buffer
  readonly #clock: Clock
  readonly #log: Log
  readonly #resting = new Map<string, number>()

  constructor(options: { database: Database; secret: Buffer; semanticWaitMs: number; clock: Clock; log: Log }) {
    this.waitMs = options.semanticWaitMs
    this.#database = options.database
    this.#secret = options.secret
    this.#clock = options.clock
    this.#log = options.log
  }

  /** Is a vector worth its price now, for this client and model? */
  isReady(clientId: string, model: string): boolean {
    return (this.#resting.get(`${clientId} ${model}`) ?? 0) <= this.#clock.nowMs()
  }

  /** It went wrong: for a while nobody tries again. */
  rest(clientId: string, model: string, why: keyof typeof restMs): void {
    const nowMs = this.#clock.nowMs()
    if (this.#resting.size >= mostResting) {
      for (const [name, untilMs] of this.#resting) if (untilMs <= nowMs) this.#resting.delete(name)
    }
    if (this.#resting.size < mostResting) this.#resting.set(`${clientId} ${model}`, nowMs + restMs[why])
  }

  /** Undefined where the vector is none that can be compared, or the request is too long to be cached. */
  understand({ request, model, vector }: SemanticQuestion): Meaning | undefined {
    const length = Math.hypot(...vector)
    if (vector.length > mostDimensions || !Number.isFinite(length) || length === 0) return undefined
    const room = openRoom(this.#secret, request, { model, dimensions: vector.length })
    return room && { room, vector: turnVector(vector, room.turningKey) }
  }

  /** The nearest answer that is at least so near and at most so old. */
  async findNearest(
    { request: { clientId }, model }: Pick<SemanticQuestion, 'request' | 'model'>,
    { room, vector }: Meaning,
    { similarity, maxAgeMs, withinMs }: { similarity: number; maxAgeMs: number; withinMs: number },
  ): Promise<NearAnswer | undefined> {
    try {
      const wanted = { roomHash: room.roomHash, embedding: vector, similarity, maxAgeMs }
      const row = await withTimeout(findNearestAnswer(this.#database, clientId, wanted), withinMs)
      if (!row) return undefined
      const hash = openBody(room, clientId, row.sealed_hash)
      const answer = unpackAnswer(openBody(deriveKeys(hash, clientId), clientId, row.sealed))
      return { answer, similarity: Math.min(1, row.similarity) }
    } catch (error) {
      this.rest(clientId, model, error instanceof NoAnswerError ? 'slow' : 'failed')
      const isAway = isConnectionError(error) || error instanceof NoAnswerError
      if (!isAway) this.#log.error('[Cache] no answer could be found by meaning; the call is made', error)
      return undefined
    }
  }

  /** As the database takes it, for the answer of the request with this hash. */
  write(clientId: string, hash: Buffer, { room, vector }: Meaning): NonNullable<SealedEntry['meaning']> {
    return { roomHash: room.roomHash, sealedHash: sealBody(room, clientId, hash), embedding: vector }
  }
}
