import { isRecord } from '../../shared/is-record.ts'
import { fieldsBound } from '../fields-bound.ts'
import { callOverheadTokens, messageOverheadTokens, schemaFactor } from '../input-overheads.ts'
import { jsonBytes } from '../json-bytes.ts'
import { fileTokens } from '../media-tokens.ts'
import { audioPartTokens, imageUrlTokens } from '../part-tokens.ts'
import { refuse } from '../refuse.ts'

const schemaFields = ['tools', 'functions', 'response_format'] as const
/** Never shown to a model. Any other field that we do not know may be. */
const silentFields = new Set<string>([
  'messages',
  ...schemaFields,
  'model',
  'metadata',
  'user',
  'logit_bias',
  'stream_options',
  'service_tier',
  'prompt_cache_key',
  'prompt_cache_retention',
  'safety_identifier',
  'providerOptions',
])

/**
 * Never below what any provider will count as input. Text counts a token a UTF-8 byte, which byte-level tokenizers cannot pass; media
 * by `media-tokens.ts`. Refuses what cannot be bounded: content that is only referred to, or of a kind we do not know.
 */
export function inputTokensBound(body: Record<string, unknown>, messages: readonly Record<string, unknown>[]): number {
  let tokens = callOverheadTokens
  for (let i = 0; i < messages.length; i++) tokens += messageTokens(messages[i] ?? {}, i)
  return tokens + fieldsBound(body, schemaFields, silentFields)
}

function messageTokens(message: Record<string, unknown>, index: number): number {
  let tokens = messageOverheadTokens
  for (const key in message) {
    const value = message[key]
    if (key === 'content') tokens += contentTokens(value, `messages[${index}].content`)
    else if (key === 'tool_calls') tokens += jsonBytes(value) * schemaFactor
    else if (key === 'audio' && value !== null) {
      throw refuse(`messages[${index}].audio`, 'An earlier spoken answer cannot be referred to by its id here; send its transcript')
    } else tokens += jsonBytes(value)
  }
  return tokens
}

function contentTokens(content: unknown, param: string): number {
  if (content === null || content === undefined) return 0
  if (typeof content === 'string') return Buffer.byteLength(content)
  if (!Array.isArray(content)) throw refuse(param, 'content must be a string or an array of parts')
  let tokens = 0
  for (let i = 0; i < content.length; i++) tokens += partTokens(content[i], `${param}[${i}]`)
  return tokens
}

function partTokens(part: unknown, param: string): number {
  if (!isRecord(part)) throw refuse(param, 'a content part must be an object')
  switch (part.type) {
    case 'text':
    case 'refusal':
      return jsonBytes(part)
    case 'image_url':
      return imagePartTokens(part.image_url, `${param}.image_url`)
    case 'input_audio':
      return audioPartTokens(part.input_audio, `${param}.input_audio`)
    case 'file': {
      const file = part.file
      if (isRecord(file) && typeof file.file_data === 'string') return fileTokens(file.file_data) + jsonBytes(file.filename)
      // A file's size is not known from its id, and the providers' files belong to one account that all clients share.
      throw refuse(`${param}.file`, 'Send the file itself in file_data; files cannot be referred to by an id')
    }
    default:
      throw refuse(`${param}.type`, `Content parts of type ${JSON.stringify(part.type)} are not supported`)
  }
}

function imagePartTokens(image: unknown, param: string): number {
  const url = isRecord(image) ? image.url : image
  return imageUrlTokens(url, isRecord(image) ? image.detail : undefined, `${param}.url`)
}
