import type { ServerResponse } from 'node:http'
import { isClaim, type KeptAnswer, type KeyClaim } from '../../cache/index.ts'
import type { Dialect } from '../../dialects/index.ts'
import { type Answer, type Call, handleCall, type Language } from '../../gateway/index.ts'
import { GatewayError, LedgerUnavailableError } from '../../shared/errors.ts'
import { answerHeaders } from '../answer-headers.ts'
import type { HttpContext } from '../http-context.ts'
import { cutStream, errorReply, sendReply, streamError } from '../render-error.ts'
import { beginHeaders, wholeHeaders } from '../reply-sink.ts'
import { AnswerRecorder } from './answer-recorder.ts'

/** Where a call came in, and how it is answered there. */
export interface Door {
  response: ServerResponse
  dialect: Dialect
  language: Language
  isStream: boolean
  /** Its answer has no place for words: where it fails, it only breaks off. */
  isSound?: boolean
}

/** Makes a call with an Idempotency-Key, or answers it with what the first call of its key was answered. Throws what `handleCall` throws. */
export async function answerOnce(
  context: HttpContext,
  call: Call<Buffer>,
  door: Door,
  keyed: { key: string; request: readonly (string | Buffer)[] },
): Promise<void> {
  const turn = await context.idempotency.ask({ ...keyed, clientId: call.client.id, callId: call.callId, gone: call.callerGone })
  if (isClaim(turn)) await context.callsUnderWay.track(answerFirst(context, call, door, turn))
  else replay(door.response, turn)
}

/**
 * The answer is kept before its last bytes go out: who has it whole, or was cut off from it, finds it again. It is read to its end, within
 * the call's total timeout, also for a caller who has left: with the key they have said that they would come back for it.
 */
async function answerFirst(context: HttpContext, call: Call<Buffer>, door: Door, claim: KeyClaim): Promise<void> {
  const { response, dialect, language, isStream } = door
  const recorder = new AnswerRecorder(context.idempotency.maxBytes)
  const copied = copy(call, claim, recorder)
  try {
    const { answer, error, hasBegun } = await handleCall(context, copied.call)
    if (!error) {
      recorder.begin(wholeHeaders(answer, isStream))
      for (const piece of copied.tail()) recorder.write(piece)
      await claim.keep(recorder.end({ isCut: false }))
      call.sink.finish(copied.tail(), answer)
    } else if (hasBegun) {
      const event = door.isSound ? Buffer.alloc(0) : streamError(dialect, error, call.callId, language)
      recorder.write(event)
      await claim.keep(recorder.end({ isCut: true }))
      cutStream(response, event)
    } else {
      const reply = errorReply(dialect, error, answerHeaders(answer), language)
      const isKept = isWorthKeeping(answer, error)
      const final = { ...reply, headers: isKept ? withoutRetry(reply.headers) : reply.headers, isCut: false }
      if (isKept) await claim.keep(final)
      else await claim.free(final)
      sendReply(response, final)
    }
  } catch (thrown) {
    if (copied.wasAsked()) claim.abandon()
    // Behind a ledger that did not answer may be an admission that is charged after all, should this process die before it is freed.
    else if (thrown instanceof LedgerUnavailableError) claim.abandon(thrown)
    else await claim.free(thrown instanceof GatewayError ? thrown : undefined)
    throw thrown
  }
}

/** What was billed, and a provider's verdict on the request itself. Any other failure is not the end of it: a repeat may fare better. */
function isWorthKeeping({ usage, costUsd }: Answer, { code }: GatewayError): boolean {
  return (usage?.totalTokens ?? 0) > 0 || (costUsd ?? 0n) > 0n || code === 'upstream_invalid_request'
}

/** Sent again under its key, the call gets the same answer: no SDK need try that by itself. */
function withoutRetry({ 'retry-after': _seconds, 'retry-after-ms': _ms, ...headers }: Record<string, string>): Record<string, string> {
  return { ...headers, 'x-should-retry': 'false' }
}

/** The same call, its answer also written down, and its last bytes kept back. */
function copy(call: Call<Buffer>, claim: KeyClaim, recorder: AnswerRecorder) {
  const { sink, callerGone } = call
  const leaving = new AbortController()
  const leave = () => leaving.abort(callerGone.reason)
  if (callerGone.aborted) leave()
  else callerGone.addEventListener('abort', leave, { once: true })
  let tail: Buffer[] = []
  let wasAsked = false
  const copied: Call<Buffer> = {
    ...call,
    claim,
    // Until a provider is asked, who leaves takes the call along.
    callerGone: leaving.signal,
    attempt(options, attemptSink) {
      wasAsked = true
      callerGone.removeEventListener('abort', leave)
      return call.attempt(options, attemptSink)
    },
    sink: {
      limits: (state) => sink.limits(state),
      begin(answer) {
        recorder.begin(beginHeaders(answer))
        if (!callerGone.aborted) sink.begin(answer)
      },
      write(bytes) {
        recorder.write(bytes)
        return callerGone.aborted || sink.write(bytes)
      },
      drained: () => (callerGone.aborted ? Promise.resolve() : sink.drained()),
      finish(rest) {
        tail = rest
      },
    },
  }
  return { call: copied, tail: () => tail, wasAsked: () => wasAsked }
}

function replay(response: ServerResponse, answer: KeptAnswer): void {
  const headers = { ...answer.headers, 'idempotent-replayed': 'true' }
  if (!answer.isCut) sendReply(response, { ...answer, headers })
  else if (!response.destroyed) {
    response.writeHead(answer.status, headers)
    cutStream(response, answer.body)
  }
}
