import { streamText } from 'ai'
import type { GatewayContext } from '../gateway/index.ts'
import { InvalidRequestError } from '../shared/errors.ts'
import { type AiAccount, type AiCallArguments, prepareCall, toRequest } from './ai-call.ts'

export interface AiStream {
  /** The answer's text as it comes. A call that is refused or fails ends it with its GatewayError; leaving it early ends the call. */
  textStream: AsyncIterable<string>
  /** The AI SDK's own result, for `toUIMessageStreamResponse()` and the like. */
  result: ReturnType<typeof streamText>
  /**
   * Resolves when the call is settled, with what it took, also when it was left or aborted: somebody has to read the stream, though. Rejects with the GatewayError of a call that
   * failed.
   */
  account: Promise<AiAccount>
}

export type StreamAI = (call: AiCallArguments) => Promise<AiStream>

/** `streamAI` over a context: a real stream, with the same bookkeeping as `callAI`. */
export function createStreamAI(context: GatewayContext): StreamAI {
  return async (call) => {
    if (call.idempotencyKey !== undefined) {
      const message = 'streamAI takes no idempotencyKey, because a stream cannot be given again: use callAI.'
      throw new InvalidRequestError('invalid_body', message, { details: { param: 'idempotencyKey' } })
    }
    const { model, account } = await prepareCall(context, call)
    const ended = Promise.withResolvers<AiAccount>()
    // Whoever only reads the text need not look at the account as well.
    ended.promise.catch(() => {})
    const left = new AbortController()
    const gone = call.abortSignal ? AbortSignal.any([call.abortSignal, left.signal]) : left.signal
    gone.addEventListener('abort', () => account().then(ended.resolve, ended.reject), { once: true })
    let failure: unknown
    const result = streamText({
      ...toRequest(model, call),
      abortSignal: gone,
      onError({ error }) {
        failure = error
        ended.reject(error)
      },
      onEnd: () => account().then(ended.resolve, ended.reject),
    })
    return {
      textStream: readOrLeave(
        result.textStream,
        () => failure,
        () => left.abort(),
      ),
      result: result as AiStream['result'],
      account: ended.promise,
    }
  }
}

/** The AI SDK ends its text stream quietly when the call fails, and goes on when nobody reads it: here the reader is told, and heard. */
async function* readOrLeave(stream: AsyncIterable<string>, failure: () => unknown, leave: () => void): AsyncGenerator<string> {
  let isOver = false
  try {
    yield* stream
    isOver = true
  } finally {
    if (!isOver) leave()
  }
  const error = failure()
  if (error !== undefined) throw error
}
