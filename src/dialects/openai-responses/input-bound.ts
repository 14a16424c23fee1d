import { isRecord } from '../../shared/is-record.ts'
import { fieldsBound } from '../fields-bound.ts'
import { callOverheadTokens, messageOverheadTokens, schemaFactor } from '../input-overheads.ts'
import { jsonBytes } from '../json-bytes.ts'
import { fileTokens } from '../media-tokens.ts'
import { audioPartTokens, imageUrlTokens } from '../part-tokens.ts'
import { refuse } from '../refuse.ts'

const schemaFields = ['tools', 'text'] as const
/** Never shown to a model. Any other field that we do not know may be. */
const silentFields = new Set<string>([
  'input',
  ...schemaFields,
  'model',
  'metadata',
  'user',
  'include',
  'stream_options',
  'service_tier',
  'prompt_cache_key',
  'prompt_cache_retention',
  'prompt_cache_options',
  'safety_identifier',
  'providerOptions',
])

/** Items that are calls of the caller's own tools, shown to the model in a form of their own. */
const callItems = new Set<unknown>(['function_call', 'custom_tool_call', 'local_shell_call', 'apply_patch_call'])
const outputItems = new Set<unknown>([
  'function_call_output',
  'custom_tool_call_output',
  'local_shell_call_output',
  'apply_patch_call_output',
])

/**
 * Never below what any provider will count as input; by the rules of `dialects/README.md`. Refuses what cannot be bounded: items and
 * content that are only referred to, or of a kind we do not know.
 */
export function inputTokensBound(body: Record<string, unknown>, items: readonly Record<string, unknown>[]): number {
  let tokens = callOverheadTokens
  for (let i = 0; i < items.length; i++) tokens += messageOverheadTokens + itemTokens(items[i] ?? {}, `input[${i}]`)
  return tokens + fieldsBound(body, schemaFields, silentFields)
}

function itemTokens(item: Record<string, unknown>, param: string): number {
  const { type } = item
  if (type === undefined || type === 'message') {
    if (typeof item.role !== 'string') throw refuse(`${param}.role`, 'role must be a string')
    return beside(item, 'content') + contentTokens(item.content, `${param}.content`)
  }
  if (outputItems.has(type)) return beside(item, 'output') + contentTokens(item.output, `${param}.output`)
  if (callItems.has(type)) return jsonBytes(item) * schemaFactor
  // What is encrypted has at least a byte for every token in it.
  if (type === 'reasoning' || type === 'compaction') return jsonBytes(item)
  if (type === 'item_reference') {
    throw refuse(param, 'Nothing is stored here: send the item itself instead of its id (many SDKs do when told store: false)')
  }
  throw refuse(`${param}.type`, `Items of type ${JSON.stringify(type)} are not supported`)
}

function beside(item: Record<string, unknown>, field: string): number {
  let tokens = 0
  for (const key in item) if (key !== field) tokens += Buffer.byteLength(key) + jsonBytes(item[key])
  return tokens
}

function contentTokens(content: unknown, param: string): number {
  if (content === null || content === undefined) return 0
  if (typeof content === 'string') return Buffer.byteLength(content)
  if (!Array.isArray(content)) throw refuse(param, `${param} must be a string or an array of parts`)
  let tokens = 0
  for (let i = 0; i < content.length; i++) tokens += partTokens(content[i], `${param}[${i}]`)
  return tokens
}

function partTokens(part: unknown, param: string): number {
  if (!isRecord(part)) throw refuse(param, 'a content part must be an object')
  switch (part.type) {
    case 'input_text':
    case 'output_text':
    case 'refusal':
      return jsonBytes(part)
    case 'input_image':
      if (part.file_id != null)
        throw refuse(`${param}.file_id`, 'Send the picture itself in image_url; files cannot be referred to by an id')
      return imageUrlTokens(part.image_url, part.detail, `${param}.image_url`)
    case 'input_audio':
      return audioPartTokens(part.input_audio, `${param}.input_audio`)
    case 'input_file':
      // A file's size is known neither from its id nor from its address, and files belong to an account that all clients share.
      for (const field of ['file_id', 'file_url']) {
        if (part[field] != null) throw refuse(`${param}.${field}`, `Send the file itself in file_data instead of ${field}`)
      }
      if (typeof part.file_data !== 'string') throw refuse(`${param}.file_data`, 'must be a base64 data: URL')
      return fileTokens(part.file_data) + jsonBytes(part.filename)
    default:
      throw refuse(`${param}.type`, `Content parts of type ${JSON.stringify(part.type)} are not supported`)
  }
}
