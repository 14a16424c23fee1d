import { type GatewayError, UpstreamBrokenError } from '../shared/errors.ts'
import type { AnswerReport, AnswerTap } from './dialect.ts'
import { emptyReport } from './empty-report.ts'

/** Above the largest answer with pictures or sound in it. */
const maxBodyBytes = 64 * 1024 * 1024

/** Notes in the report what a whole answer says, and tells what is wrong with it. */
export type ReadBody = (body: unknown, report: AnswerReport) => GatewayError | undefined

/** An answer that is not streamed is one tail: nothing of it goes to the caller before the call is settled. */
export class BodyTap implements AnswerTap {
  readonly report = emptyReport()
  begun = false
  broken = false
  readonly #read: ReadBody
  readonly #chunks: Buffer[] = []
  #bytes = 0

  constructor(read: ReadBody) {
    this.#read = read
  }

  push(chunk: Buffer): undefined {
    this.#bytes += chunk.length
    if (this.#bytes > maxBodyBytes) {
      this.broken = true
      this.#chunks.length = 0
    }
    if (!this.broken) this.#chunks.push(chunk)
  }

  end(): ReturnType<AnswerTap['end']> {
    if (this.broken) return failed(malformedAnswer(`is larger than ${maxBodyBytes} bytes`))
    const whole = this.#chunks.length === 1 && this.#chunks[0] ? this.#chunks[0] : Buffer.concat(this.#chunks)
    let body: unknown
    try {
      body = JSON.parse(whole.toString('utf8'))
    } catch {
      return failed(malformedAnswer('is not valid JSON'))
    }
    const error = this.#read(body, this.report)
    if (error !== undefined) return failed(error)
    this.begun = true
    return { tail: [whole], error: undefined }
  }
}

/** `what` goes on from "The provider's answer …". */
export function malformedAnswer(what: string): GatewayError {
  return new UpstreamBrokenError('malformed_response', `The provider's answer ${what}`)
}

function failed(error: GatewayError): ReturnType<AnswerTap['end']> {
  return { tail: [], error }
}
