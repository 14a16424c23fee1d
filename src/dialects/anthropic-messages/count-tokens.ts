import { UpstreamBrokenError } from '../../shared/errors.ts'
import { isRecord } from '../../shared/is-record.ts'
import { BodyTap, malformedAnswer } from '../body-tap.ts'
import type { AnswerTap, ParsedRequest } from '../dialect.ts'

/** A token is about this many bytes of text: the guess that the limits a minute make as well. */
const bytesPerToken = 4

/** The answer of `POST /v1/messages/count_tokens`: a number, and nothing that was generated. */
export function createCountTap(): AnswerTap {
  return new BodyTap((body) => {
    if (isRecord(body) && typeof body.input_tokens === 'number') return undefined
    return isRecord(body) && body.type === 'error'
      ? new UpstreamBrokenError('malformed_response', "The provider's answer is an error")
      : malformedAnswer('has no input_tokens')
  })
}

/** The same for a model whose provider does not count for free: about a quarter of the bound that a hold is made with. */
export function renderTokenEstimate({ inputTokensBound }: ParsedRequest): Buffer {
  return Buffer.from(JSON.stringify({ input_tokens: Math.ceil(inputTokensBound / bytesPerToken) }))
}
