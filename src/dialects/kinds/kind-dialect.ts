import type { AnswerTap, Dialect, ParsedRequest } from '../dialect.ts'
import type { Kind, KindName } from '../kind.ts'

export type KindRequest = ParsedRequest & { kind: Kind }

/**
 * One of OpenAI's other endpoints, whose bytes pass unchanged but for the model's name. Only providers that
 * serve the kind are asked. Errors are those of `openai-chat`.
 */
export interface KindDialect extends Pick<Dialect, 'name' | 'prepareBody' | 'parseUpstreamError'> {
  readonly kind: KindName
  /** Throws InvalidRequestError with the field's name in `details.param`. */
  parse(raw: Buffer, contentType: string | undefined): KindRequest
  /** The same request with other texts in these fields. */
  rewrite(request: KindRequest, fields: Readonly<Record<string, unknown>>): KindRequest
  /** `contentType` is the upstream's. */
  createTap(request: ParsedRequest, contentType: string | undefined): AnswerTap
}
