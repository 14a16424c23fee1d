import type { LanguageModelV4CallOptions } from '@ai-sdk/provider'
import type { Client } from '../clients/index.ts'
import type { Dialect, ParsedRequest } from '../dialects/index.ts'
import { guardTexts } from '../guardrails/index.ts'

/** Where the dialects keep what is said. */
const saidIn = ['messages', 'input', 'instructions', 'system', 'prompt']

/**
 * What the client's guardrails let through, as its provider will see it. Throws InvalidRequestError for what they do not. A request with
 * something masked is another one, so it is parsed again: what is measured and priced is what is sent.
 */
export function guardRequest({ guardrails }: Client, dialect: Dialect, request: ParsedRequest): ParsedRequest {
  if (!guardrails) return request
  const said = Object.fromEntries(saidIn.filter((name) => name in request.body).map((name) => [name, request.body[name]]))
  const guarded = guardTexts(said, guardrails)
  return guarded === said ? request : dialect.parse(Buffer.from(JSON.stringify({ ...request.body, ...guarded })), request.headers)
}

/** The same for the library's calls. */
export function guardPrompt({ guardrails }: Client, options: LanguageModelV4CallOptions): LanguageModelV4CallOptions {
  return guardrails ? { ...options, prompt: guardTexts(options.prompt, guardrails) } : options
}
