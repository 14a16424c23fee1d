import { isRecord } from '../../shared/is-record.ts'
import type { ParsedRequest } from '../dialect.ts'
import { asksOneHourCache } from '../one-hour-cache.ts'
import { maxOutputTokensAllowed, modelName, optionalBoolean, optionalInteger, parseObject, refuseOtherTier } from '../read-body.ts'
import { refuse } from '../refuse.ts'
import { refuseProviderOptions } from '../refuse-provider-options.ts'
import { inputTokensBound } from './input-bound.ts'
import { refuseUnpriced } from './refuse-unpriced.ts'

const maxChoices = 16

/** Judges what the pipeline relies on and keeps everything else as it is. Throws InvalidRequestError with `details.param`. */
export function parse(raw: Buffer): ParsedRequest {
  const body = parseObject(raw)
  const messages = body.messages
  if (!Array.isArray(messages) || messages.length === 0) throw refuse('messages', 'messages must be an array with at least one message')
  for (let i = 0; i < messages.length; i++) {
    if (!isRecord(messages[i])) throw refuse(`messages[${i}]`, 'a message must be an object')
    if (typeof messages[i].role !== 'string') throw refuse(`messages[${i}].role`, 'role must be a string')
  }
  refuseOtherTier(body.service_tier)
  refuseProviderOptions(body)
  refuseUnpriced(body)
  const stream = optionalBoolean(body.stream, 'stream') ?? false
  const options = body.stream_options ?? {}
  if (!isRecord(options)) throw refuse('stream_options', 'stream_options must be an object')
  const includeUsage = optionalBoolean(options.include_usage, 'stream_options.include_usage') ?? false
  return {
    dialect: 'openai-chat',
    raw,
    body,
    model: modelName(body.model),
    stream,
    wantsStreamUsage: stream && includeUsage,
    maxOutputTokens: outputLimit(body),
    choices: optionalInteger(body.n, 'n', maxChoices) ?? 1,
    inputTokensBound: inputTokensBound(body, messages),
    hasAudio: messages.some(hasAudio),
    writesOneHourCache: asksOneHourCache(raw, body),
  }
}

function hasAudio({ content }: Record<string, unknown>): boolean {
  return Array.isArray(content) && content.some((part) => isRecord(part) && part.type === 'input_audio')
}

// Where both are given the lower one holds, and only one is sent on.
function outputLimit(body: Record<string, unknown>): number | undefined {
  const older = optionalInteger(body.max_tokens, 'max_tokens', maxOutputTokensAllowed)
  const newer = optionalInteger(body.max_completion_tokens, 'max_completion_tokens', maxOutputTokensAllowed)
  return older === undefined || newer === undefined ? (newer ?? older) : Math.min(older, newer)
}
