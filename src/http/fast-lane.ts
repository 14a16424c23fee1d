import type { IncomingHttpHeaders, IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { addHeaders, CompactResponse } from './compact-response.ts'
import { endIfStalled } from './end-if-stalled.ts'
import { smallBodyBytes } from './large-bodies.ts'
import { createServer } from './node-http.ts'

/** A request that is here as a whole. */
export interface WholeRequest {
  headers: IncomingHttpHeaders
  body: Buffer
}

/** Answers a request on its response, whatever becomes of it. Never rejects. */
export type AnswerRequest = (request: WholeRequest, response: ServerResponse) => Promise<void>

export interface FastLaneOptions {
  bodyLimitBytes: number
  /** An answer of which nothing is taken for so long is ended. */
  idleMs: number
  /** A request that takes longer to arrive is not one. */
  requestTimeoutMs: number
  /** For so long an idle connection is kept. */
  keepAliveMs: number
  /** On every answer. */
  headers: Readonly<Record<string, string>>
  /** Callers are to open no new calls on their connections: Fastify's hooks tell them. */
  isStopping(): boolean
}

/**
 * The way past Fastify for the calls that come most: a small JSON body of known length, posted to exactly one of the paths that were
 * added. Anything else, and everything while the server closes, goes to Fastify, whose route of the same path answers by the same function:
 * what is refused or counted there (a body's length, large bodies, other types) need not be looked at here.
 */
export class FastLane {
  readonly #options: FastLaneOptions
  readonly #routes = new Map<string, AnswerRequest>()
  #isClosed = false

  constructor(options: FastLaneOptions) {
    this.#options = options
  }

  add(path: string, answer: AnswerRequest): void {
    this.#routes.set(path, answer)
  }

  close(): void {
    this.#isClosed = true
  }

  /** As Fastify's `serverFactory`: `others` is its own listener. */
  createServer(others: RequestListener): Server {
    const server = createServer({ ServerResponse: CompactResponse }, (request, response) => {
      const answer = this.#find(request)
      if (answer) this.#take(request, response, answer)
      else others(request, response)
    })
    server.keepAliveTimeout = this.#options.keepAliveMs
    server.requestTimeout = this.#options.requestTimeoutMs
    return server
  }

  #find({ method, url = '', headers }: IncomingMessage): AnswerRequest | undefined {
    if (this.#isClosed || this.#options.isStopping() || method !== 'POST') return undefined
    const bytes = Number(headers['content-length'])
    const isSmall = bytes > 0 && bytes <= smallBodyBytes && bytes <= this.#options.bodyLimitBytes
    return isSmall && headers['content-type']?.startsWith('application/json') ? this.#routes.get(url) : undefined
  }

  #take(request: IncomingMessage, response: ServerResponse, answer: AnswerRequest): void {
    endIfStalled(response, this.#options.idleMs)
    addHeaders(response, this.#options.headers)
    let whole: Buffer | undefined
    request.on('data', (chunk: Buffer) => {
      whole = whole === undefined ? chunk : Buffer.concat([whole, chunk])
    })
    request.on('end', () => void answer({ headers: request.headers, body: whole ?? Buffer.alloc(0) }, response))
  }
}
