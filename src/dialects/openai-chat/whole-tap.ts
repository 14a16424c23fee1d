import { isRecord } from '../../shared/is-record.ts'
import { BodyTap, malformedAnswer, type ReadBody } from '../body-tap.ts'
import type { AnswerTap } from '../dialect.ts'
import { errorInAnswer } from './error.ts'
import { readAnswer } from './read-answer.ts'

export function createWholeTap(): AnswerTap {
  return new BodyTap(readWhole)
}

const readWhole: ReadBody = (body, report) => {
  if (isRecord(body) && body.error != null && !Array.isArray(body.choices)) return errorInAnswer(body.error, false)
  if (!isRecord(body) || !Array.isArray(body.choices) || body.choices.length === 0) return malformedAnswer('has no choices')
  readAnswer(body, report)
  return undefined
}
