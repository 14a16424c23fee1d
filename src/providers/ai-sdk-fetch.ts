import type { IncomingHttpHeaders } from 'node:http'
import { Dispatcher, type RequestInit, fetch as undiciFetch } from 'undici'
import type { Connections } from './connections.ts'

/** What an attempt wants to know of the HTTP request that the AI SDK makes for it. A returned error ends the request. */
export interface FetchWatch {
  onBody(body: string): Error | undefined
  onSent(): void
  onAnswer(status: number, headers: IncomingHttpHeaders): Error | undefined
  onBytes(count: number): Error | undefined
}

/**
 * A `fetch` for the AI SDK that goes through our own connections, so that both ways to a provider share their limits and timeouts. It
 * goes to one origin only, whatever URL a prompt may have brought along, and to no place that an answer points to.
 */
export function createAiSdkFetch(
  connections: Connections,
  baseUrl: string,
  watch: FetchWatch,
  traceparent?: string,
): typeof globalThis.fetch {
  const { origin } = new URL(baseUrl)
  const dispatcher = new WatchedDispatcher(connections, origin, watch)
  const aiSdkFetch = async (input: string | URL | Request, init?: globalThis.RequestInit): Promise<unknown> => {
    const url = new URL(input instanceof Request ? input.url : input)
    if (url.origin !== origin) throw new Error('a model call goes to its provider only')
    const refusal = typeof init?.body === 'string' ? watch.onBody(init.body) : undefined
    if (refusal !== undefined) throw refusal
    const headers = new Headers(init?.headers)
    headers.set('accept-encoding', 'identity')
    if (traceparent !== undefined) headers.set('traceparent', traceparent)
    // Both are the same standard; undici's own types and those of Node's global differ in name only.
    return undiciFetch(url, { ...(init as unknown as RequestInit), headers: [...headers], dispatcher, redirect: 'manual' })
  }
  return aiSdkFetch as typeof globalThis.fetch
}

class WatchedDispatcher extends Dispatcher {
  private readonly connections: Connections
  private readonly origin: string
  private readonly watch: FetchWatch

  constructor(connections: Connections, origin: string, watch: FetchWatch) {
    super()
    this.connections = connections
    this.origin = origin
    this.watch = watch
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const { watch } = this
    return this.connections.to(this.origin).dispatch(
      { ...options, idempotent: false },
      {
        onRequestStart(controller, context) {
          watch.onSent()
          handler.onRequestStart?.(controller, context)
        },
        onResponseStarted() {
          handler.onResponseStarted?.()
        },
        onResponseStart(controller, status, headers, statusText) {
          const refusal = status < 200 ? undefined : watch.onAnswer(status, headers)
          if (refusal === undefined) handler.onResponseStart?.(controller, status, headers, statusText)
          else controller.abort(refusal)
        },
        onResponseData(controller, chunk) {
          const refusal = watch.onBytes(chunk.length)
          if (refusal === undefined) handler.onResponseData?.(controller, chunk)
          else controller.abort(refusal)
        },
        onResponseEnd(controller, trailers) {
          handler.onResponseEnd?.(controller, trailers)
        },
        onResponseError(controller, error) {
          handler.onResponseError?.(controller, error)
        },
        onBodySent(chunk) {
          handler.onBodySent?.(chunk)
        },
        onRequestSent() {
          handler.onRequestSent?.()
        },
      },
    )
  }
}
