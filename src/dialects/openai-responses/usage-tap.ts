import { isRecord } from '../../shared/is-record.ts'
import { BodyTap, malformedAnswer, type ReadBody } from '../body-tap.ts'
import type { AnswerTap, ParsedRequest } from '../dialect.ts'
import { errorInAnswer } from '../openai-chat/error.ts'
import { generatedBytes, readResponse } from './read-response.ts'
import { createStreamTap } from './stream-tap.ts'

export function createUsageTap(request: ParsedRequest): AnswerTap {
  return request.stream ? createStreamTap() : new BodyTap(readWhole)
}

const readWhole: ReadBody = (body, report) => {
  if (!isRecord(body)) return malformedAnswer('is no response')
  if (body.status === 'failed' || (body.error != null && !Array.isArray(body.output))) {
    readResponse(body, report)
    return errorInAnswer(body.error, false)
  }
  if (!Array.isArray(body.output)) return malformedAnswer('has no output')
  if (body.status !== undefined && body.status !== 'completed' && body.status !== 'incomplete') return malformedAnswer('is not complete')
  readResponse(body, report)
  report.outputBytes = generatedBytes(body.output)
  report.outputPieces = body.output.length
  return undefined
}
