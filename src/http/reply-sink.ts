import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Answer, CallSink } from '../gateway/index.ts'
import { rateLimitHeaders } from '../limits/index.ts'
import { answerHeaders } from './answer-headers.ts'
import { addHeaders } from './compact-response.ts'
import { StreamPings } from './stream-pings.ts'

/**
 * Writes a call's answer onto a response. Headers go with the first real content and not before, so that a fallback or a refusal can
 * still choose the status; what `finish` brings goes out only once the call is settled. `ping` is the dialect's.
 */
export function replySink(response: ServerResponse, isStream: boolean, ping?: Buffer): CallSink<Buffer> {
  const pings = new StreamPings(response, ping)
  return {
    limits(state) {
      addHeaders(response, rateLimitHeaders(state))
    },
    begin(answer) {
      response.writeHead(200, beginHeaders(answer))
      pings.start()
    },
    write(bytes) {
      pings.wrote()
      return response.write(bytes)
    },
    async drained() {
      // A caller who leaves while we wait will never drain; closing ends the wait.
      const closed = new AbortController()
      await Promise.race([once(response, 'drain', { signal: closed.signal }), once(response, 'close', { signal: closed.signal })])
      closed.abort()
    },
    finish(tail, answer) {
      pings.stop()
      if (response.destroyed) return
      const bytes = tail.length === 1 ? tail[0] : Buffer.concat(tail)
      if (!response.headersSent) {
        response.writeHead(200, { ...wholeHeaders(answer, isStream), 'content-length': bytes?.length ?? 0 })
      }
      endWith(response, bytes)
    },
  }
}

/** Above this size a copy costs more than a second buffer. */
const smallAnswerBytes = 16 * 1024

/** Head and body in one write: as latin1, one byte a character, Node puts a small body behind the head's own text. */
function endWith(response: ServerResponse, bytes: Buffer | undefined): void {
  if (bytes === undefined || bytes.length > smallAnswerBytes || response.chunkedEncoding) response.end(bytes)
  else response.end(bytes.toString('latin1'), 'latin1')
}

/** Of an answer that begins before it is whole. */
export function beginHeaders(answer: Answer): Record<string, string> {
  const type = answer.contentType ?? 'text/event-stream; charset=utf-8'
  return { ...answerHeaders(answer), 'content-type': type, 'x-accel-buffering': 'no' }
}

/** Of an answer that goes out in one piece. */
export function wholeHeaders(answer: Answer, isStream: boolean): Record<string, string> {
  const type = answer.contentType ?? (isStream ? 'text/event-stream; charset=utf-8' : 'application/json; charset=utf-8')
  return { ...answerHeaders(answer), 'content-type': type }
}

/** Aborts when the caller closes the connection before the answer is complete; already aborted for one who has left by now. */
export function callerGone(response: ServerResponse): AbortSignal {
  const controller = new AbortController()
  if (response.closed || response.destroyed) controller.abort()
  response.once('close', () => {
    if (!response.writableFinished) controller.abort()
  })
  return controller.signal
}
