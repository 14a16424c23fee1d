import { isRecord } from '../../shared/is-record.ts'
import { BodyTap, malformedAnswer } from '../body-tap.ts'
import { refuse } from '../refuse.ts'
import { errorOf } from './answer.ts'
import { jsonKind } from './json-kind.ts'

/**
 * `POST /v1/moderations`: https://platform.openai.com/docs/api-reference/moderations. Free, and its tokens are told by nobody: a row at no
 * cost.
 */
export const moderations = jsonKind({
  kind: 'moderations',
  apiType: 'moderation',
  defaultModel: 'omni-moderation-latest',
  read({ input }) {
    if (typeof input !== 'string' && !Array.isArray(input)) throw refuse('input', 'input must be a text or a list')
    return { inputTokens: 0, outputTokens: 0, isMeasured: true }
  },
  createTap: () =>
    new BodyTap((body) =>
      isRecord(body) && Array.isArray(body.results) ? undefined : (errorOf(body) ?? malformedAnswer('has no results')),
    ),
})
