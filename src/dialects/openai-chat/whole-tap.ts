import { UpstreamBrokenError } from '../../shared/errors.ts'
import type { AnswerTap } from '../dialect.ts'
import { errorInAnswer } from './error.ts'
import { isRecord } from './is-record.ts'
import { emptyReport, readAnswer } from './read-answer.ts'

/** Above the largest answer with pictures or sound in it. */
const maxBodyBytes = 64 * 1024 * 1024

/** An answer that is not streamed is one tail: nothing of it goes to the caller before the call is settled. */
export function createWholeTap(): AnswerTap {
  return new WholeTap()
}

class WholeTap implements AnswerTap {
  readonly report = emptyReport()
  begun = false
  broken = false
  readonly #chunks: Buffer[] = []
  #bytes = 0

  push(chunk: Buffer): undefined {
    this.#bytes += chunk.length
    if (this.#bytes > maxBodyBytes) {
      this.broken = true
      this.#chunks.length = 0
    }
    if (!this.broken) this.#chunks.push(chunk)
  }

  end(): ReturnType<AnswerTap['end']> {
    if (this.broken) return asBroken(`The provider's answer is larger than ${maxBodyBytes} bytes`)
    const whole = this.#chunks.length === 1 && this.#chunks[0] ? this.#chunks[0] : Buffer.concat(this.#chunks)
    let body: unknown
    try {
      body = JSON.parse(whole.toString('utf8'))
    } catch {
      return asBroken("The provider's answer is not valid JSON")
    }
    if (isRecord(body) && body.error != null && !Array.isArray(body.choices)) {
      return { tail: [], error: errorInAnswer(body.error, false) }
    }
    if (!isRecord(body) || !Array.isArray(body.choices) || body.choices.length === 0) {
      return asBroken("The provider's answer has no choices")
    }
    readAnswer(body, this.report)
    this.begun = true
    return { tail: [whole], error: undefined }
  }
}

function asBroken(message: string): ReturnType<AnswerTap['end']> {
  return { tail: [], error: new UpstreamBrokenError('malformed_response', message) }
}
