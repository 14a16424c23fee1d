import { isRecord } from '../../shared/is-record.ts'
import type { ParsedRequest } from '../dialect.ts'
import { asksOneHourCache } from '../one-hour-cache.ts'
import { maxOutputTokensAllowed, modelName, optionalBoolean, optionalInteger, parseObject, refuseOtherTier } from '../read-body.ts'
import { refuse } from '../refuse.ts'
import { refuseProviderOptions } from '../refuse-provider-options.ts'
import { inputTokensBound } from './input-bound.ts'
import { checkTools } from './tools.ts'

/** Judges what the pipeline relies on and keeps everything else as it is. Throws InvalidRequestError with `details.param`. */
export function parse(raw: Buffer): ParsedRequest {
  const body = parseObject(raw)
  refuseStored(body)
  refuseOtherTier(body.service_tier)
  refuseProviderOptions(body)
  const items = inputItems(body.input)
  checkTools(body.tools, 'tools')
  const stream = optionalBoolean(body.stream, 'stream') ?? false
  if (body.stream_options != null && !isRecord(body.stream_options)) throw refuse('stream_options', 'stream_options must be an object')
  return {
    dialect: 'openai-responses',
    raw,
    body,
    model: modelName(body.model),
    stream,
    // The event that completes an answer always carries it.
    wantsStreamUsage: stream,
    maxOutputTokens: optionalInteger(body.max_output_tokens, 'max_output_tokens', maxOutputTokensAllowed),
    choices: 1,
    inputTokensBound: inputTokensBound(body, items),
    hasAudio: items.some(({ content, output }) => hasAudio(content) || hasAudio(output)),
    writesOneHourCache: asksOneHourCache(raw, body),
  }
}

function hasAudio(content: unknown): boolean {
  return Array.isArray(content) && content.some((part) => isRecord(part) && part.type === 'input_audio')
}

/** The input as a list of items; a string is one message of the user. */
export function inputItems(input: unknown): Record<string, unknown>[] {
  if (typeof input === 'string') return [{ type: 'message', role: 'user', content: input }]
  if (!Array.isArray(input) || input.length === 0) throw refuse('input', 'input must be a string or an array with at least one item')
  return input.map((item, index) => {
    if (!isRecord(item)) throw refuse(`input[${index}]`, 'an item must be an object')
    return item
  })
}

const notStored = 'Nothing is stored here'
/** What lives in the provider's account, which all clients of this gateway share, and whose size, and so cost, nobody knows beforehand. */
const stored: Readonly<Record<string, string>> = {
  previous_response_id: `${notStored}: send the earlier items in input instead of previous_response_id`,
  conversation: `${notStored}: send the earlier items in input instead of a conversation`,
  prompt: `${notStored}: send the prompt itself in instructions and input instead of a template's id`,
  context_management: 'What the provider compacts on its own is billed beyond max_output_tokens; send a shorter input instead',
}

function refuseStored(body: Record<string, unknown>): void {
  for (const [field, why] of Object.entries(stored)) if (body[field] != null) throw refuse(field, why)
  if (optionalBoolean(body.store, 'store') === true) {
    throw refuse('store', `${notStored}, because the provider's account is shared: send store: false, or leave it out`)
  }
  if (optionalBoolean(body.background, 'background') === true) {
    throw refuse('background', `${notStored}, so an answer can only be had while it is waited for: leave background out`)
  }
}
