import { isRecord } from '../../shared/is-record.ts'
import { fieldsBound } from '../fields-bound.ts'
import { callOverheadTokens, messageOverheadTokens, schemaFactor, toolsOverheadTokens } from '../input-overheads.ts'
import { jsonBytes } from '../json-bytes.ts'
import { fileTokens, imageTokens } from '../media-tokens.ts'
import { refuse } from '../refuse.ts'

const schemaFields = ['tools', 'output_format', 'output_config'] as const
/** Counted by themselves or never shown to a model. Any other field that we do not know may be. */
const silentFields = new Set<string>(['messages', 'system', ...schemaFields, 'model', 'metadata', 'service_tier', 'cache_control'])
/** Documents that may be cited are cut into numbered pieces: twice their text, and the words that explain it. */
const citedFactor = 2

/**
 * Never below what any provider will count as input, as for `openai-chat`: text counts a token a UTF-8 byte, schemas and tool calls
 * twice, media by `media-tokens.ts`. Refuses what cannot be bounded: content that is only referred to, or of a kind we do not know.
 */
export function inputTokensBound(body: Record<string, unknown>, messages: readonly Record<string, unknown>[]): number {
  let tokens = callOverheadTokens + messageOverheadTokens + contentTokens(body.system, 'system')
  for (let i = 0; i < messages.length; i++) {
    const { role: _role, content, ...rest } = messages[i] ?? {}
    tokens += messageOverheadTokens + contentTokens(content, `messages[${i}].content`) + jsonBytes(rest)
  }
  return tokens + fieldsBound(body, schemaFields, silentFields)
}

function contentTokens(content: unknown, param: string): number {
  if (content === null || content === undefined) return 0
  if (typeof content === 'string') return Buffer.byteLength(content)
  if (!Array.isArray(content)) throw refuse(param, 'content must be a string or an array of blocks')
  let tokens = 0
  for (let i = 0; i < content.length; i++) tokens += blockTokens(content[i], `${param}[${i}]`)
  return tokens
}

function blockTokens(block: unknown, param: string): number {
  if (!isRecord(block)) throw refuse(param, 'a content block must be an object')
  switch (block.type) {
    case 'text':
    case 'thinking':
    case 'redacted_thinking':
      return jsonBytes(block)
    case 'image':
      return pictureTokens(block.source, `${param}.source`)
    case 'document':
      return documentTokens(block, param)
    case 'search_result':
      return toolsOverheadTokens + jsonBytes(block) * citedFactor
    case 'tool_use':
      return jsonBytes(block) * schemaFactor
    case 'tool_result':
      return messageOverheadTokens + jsonBytes(block.tool_use_id) + contentTokens(block.content, `${param}.content`)
    default:
      throw refuse(`${param}.type`, `Content blocks of type ${JSON.stringify(block.type)?.slice(0, 100)} are not supported`)
  }
}

function pictureTokens(source: unknown, param: string): number {
  if (isRecord(source) && source.type === 'base64' && typeof source.data === 'string') return imageTokens(undefined)
  if (isRecord(source) && source.type === 'url' && typeof source.url === 'string' && /^https?:\/\//i.test(source.url)) {
    return imageTokens(undefined)
  }
  throw refuse(param, 'must be base64 data or an http(s) URL; files cannot be referred to by an id')
}

function documentTokens({ source, title, context, citations }: Record<string, unknown>, param: string): number {
  const isCited = isRecord(citations) && citations.enabled === true
  const tokens = sourceTokens(source, `${param}.source`) + jsonBytes(title) + jsonBytes(context)
  return isCited ? toolsOverheadTokens + tokens * citedFactor : tokens
}

function sourceTokens(source: unknown, param: string): number {
  if (isRecord(source)) {
    if (source.type === 'base64' && typeof source.data === 'string') return fileTokens(source.data)
    if (source.type === 'text' && typeof source.data === 'string') return Buffer.byteLength(source.data)
    if (source.type === 'content') return contentTokens(source.content, `${param}.content`)
  }
  // How long a document is that only its address is known of nobody can say before it is paid for.
  throw refuse(param, 'Send the document itself, as base64, text or content; it cannot be referred to by a URL or an id')
}
