import type { AnswerTap, ParsedRequest } from '../dialect.ts'
import { createStreamTap } from './stream-tap.ts'
import { createWholeTap } from './whole-tap.ts'

export function createUsageTap(request: ParsedRequest): AnswerTap {
  return request.stream ? createStreamTap(request) : createWholeTap()
}
