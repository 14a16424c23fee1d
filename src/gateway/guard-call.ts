import type { LanguageModelV4CallOptions } from '@ai-sdk/provider'
import type { Client } from '../clients/index.ts'
import type { Dialect, KindDialect, KindRequest, ParsedRequest } from '../dialects/index.ts'
import { guardTexts, userTexts } from '../guardrails/index.ts'
import { InvalidRequestError } from '../shared/errors.ts'

/** Where the dialects keep what is said. */
const saidIn = ['messages', 'input', 'instructions', 'system', 'prompt', 'prediction']

/**
 * What the client's guardrails let through, as its provider will see it. Throws InvalidRequestError for what they do not. A request with
 * something masked is another one, so it is parsed again: what is measured and priced is what is sent.
 */
export function guardRequest({ guardrails }: Client, dialect: Dialect, request: ParsedRequest): ParsedRequest {
  if (!guardrails) return request
  const said = saidBy(request)
  const guarded = guardTexts(said, guardrails)
  return guarded === said ? request : dialect.parse(Buffer.from(JSON.stringify({ ...request.body, ...guarded })), request.headers)
}

/** The same for other kinds of call. Tokens in place of texts could say anything unseen, so they are refused. */
export function guardKind({ guardrails }: Client, dialect: KindDialect, request: KindRequest): KindRequest {
  if (!guardrails) return request
  const said = saidBy(request)
  if (Array.isArray(said.input) && said.input.flat().some((item) => typeof item === 'number')) {
    const message = 'This client has guardrails, which cannot read tokens: send texts as input.'
    throw new InvalidRequestError('invalid_body', message, { details: { param: 'input' } })
  }
  const guarded = guardTexts(said, guardrails)
  return guarded === said ? request : dialect.rewrite(request, guarded)
}

function saidBy({ body }: ParsedRequest): Record<string, unknown> {
  return Object.fromEntries(saidIn.filter((name) => name in body).map((name) => [name, body[name]]))
}

/** The same for the library's calls. */
export function guardPrompt({ guardrails }: Client, options: LanguageModelV4CallOptions): LanguageModelV4CallOptions {
  return guardrails ? { ...options, prompt: guardTexts(options.prompt, guardrails) } : options
}

/** What moderation is to read of a request that has passed the other guardrails; undefined where there is none. */
export function textsToModerate({ guardrails }: Client, request: Readonly<Record<string, unknown>>): string[] | undefined {
  return guardrails?.moderation && userTexts(request)
}
