import type { LanguageModelV4FilePart, LanguageModelV4Message, LanguageModelV4Prompt, LanguageModelV4TextPart } from '@ai-sdk/provider'
import { isRecord } from './is-record.ts'
import { refuse } from './refuse.ts'

type Message = Record<string, unknown>
type AssistantContent = Extract<LanguageModelV4Message, { role: 'assistant' }>['content']

/** OpenAI's messages as the AI SDK's prompt. Names of speakers go where the AI SDK has a place for them. */
export function toPrompt(messages: readonly Message[]): LanguageModelV4Prompt {
  const toolNames = new Map<string, string>()
  return messages.flatMap((message, index) => toMessages(message, `messages[${index}]`, toolNames))
}

function toMessages(message: Message, param: string, toolNames: Map<string, string>): LanguageModelV4Message[] {
  const name = typeof message.name === 'string' ? { providerOptions: { openai: { name: message.name } } } : {}
  const content = `${param}.content`
  switch (message.role) {
    case 'system':
    case 'developer':
      return texts(message.content, content).map((text) => ({ role: 'system', content: text, ...name }))
    case 'user':
      return [{ role: 'user', content: userContent(message.content, content), ...name }]
    case 'assistant':
      return [{ role: 'assistant', content: assistantContent(message, param, toolNames), ...name }]
    case 'tool': {
      const id = message.tool_call_id
      const toolName = typeof id === 'string' ? toolNames.get(id) : undefined
      if (typeof id !== 'string' || toolName === undefined) {
        throw refuse(`${param}.tool_call_id`, 'A tool message must answer a tool call of an earlier assistant message')
      }
      const output = { type: 'text' as const, value: texts(message.content, content).join('') }
      return [{ role: 'tool', content: [{ type: 'tool-result', toolCallId: id, toolName, output }] }]
    }
    default:
      throw refuse(`${param}.role`, `Messages of role ${JSON.stringify(message.role)} cannot be translated for the provider of this model`)
  }
}

function texts(content: unknown, param: string): string[] {
  if (typeof content === 'string') return [content]
  if (content === null || content === undefined) return []
  if (!Array.isArray(content)) throw refuse(param, 'content must be a string or an array of parts')
  return content.map((part, index) => {
    const text = isRecord(part) ? (part.text ?? part.refusal) : undefined
    if (typeof text !== 'string') throw refuse(`${param}[${index}].type`, 'Only text can stand here')
    return text
  })
}

function userContent(content: unknown, param: string): (LanguageModelV4TextPart | LanguageModelV4FilePart)[] {
  if (!Array.isArray(content)) return texts(content, param).map((text) => ({ type: 'text', text }))
  return content.map((part, index) => userPart(part, `${param}[${index}]`))
}

function userPart(part: unknown, param: string): LanguageModelV4TextPart | LanguageModelV4FilePart {
  const type = isRecord(part) ? part.type : undefined
  const inner = isRecord(part) && typeof type === 'string' ? part[type] : undefined
  if (type === 'text' && typeof inner === 'string') return { type: 'text', text: inner }
  if (type === 'image_url') return imagePart(inner, `${param}.image_url`)
  if (type === 'input_audio' && isRecord(inner) && typeof inner.data === 'string') {
    const mediaType = inner.format === 'wav' ? 'audio/wav' : 'audio/mpeg'
    return { type: 'file', mediaType, data: { type: 'data', data: inner.data } }
  }
  if (type === 'file' && isRecord(inner) && typeof inner.file_data === 'string') {
    const filename = typeof inner.filename === 'string' ? { filename: inner.filename } : {}
    const url = dataUrl(inner.file_data) ?? { mediaType: 'application/pdf', data: inner.file_data }
    return { type: 'file', mediaType: url.mediaType, data: { type: 'data', data: url.data }, ...filename }
  }
  throw refuse(`${param}.type`, `Content parts of type ${JSON.stringify(type)} cannot be translated for the provider of this model`)
}

function imagePart(image: unknown, param: string): LanguageModelV4FilePart {
  const url = isRecord(image) ? image.url : image
  const detail = isRecord(image) && typeof image.detail === 'string' ? { providerOptions: { openai: { imageDetail: image.detail } } } : {}
  if (typeof url !== 'string') throw refuse(`${param}.url`, 'must be a data: URL or an http(s) URL')
  const inline = dataUrl(url)
  if (inline !== undefined) return { type: 'file', mediaType: inline.mediaType, data: { type: 'data', data: inline.data }, ...detail }
  // The provider fetches it; the gateway never opens a URL that a request names.
  const remote = URL.parse(url)
  if (remote === null || (remote.protocol !== 'https:' && remote.protocol !== 'http:')) {
    throw refuse(`${param}.url`, 'must be a base64 data: URL or an http(s) URL')
  }
  return { type: 'file', mediaType: 'image', data: { type: 'url', url: remote }, ...detail }
}

function dataUrl(text: string): { mediaType: string; data: string } | undefined {
  const comma = text.indexOf(',')
  const head = /^data:([\w.+-]+\/[\w.+-]+)(?:;[^,]*)?;base64$/i.exec(text.slice(0, Math.max(comma, 0)))
  return head?.[1] === undefined ? undefined : { mediaType: head[1].toLowerCase(), data: text.slice(comma + 1) }
}

function assistantContent(message: Message, param: string, toolNames: Map<string, string>): AssistantContent {
  if (message.function_call != null) throw refuse(`${param}.function_call`, 'function_call is superseded by tool_calls')
  const content: AssistantContent = []
  for (const text of [...texts(message.content, `${param}.content`), ...texts(message.refusal, `${param}.refusal`)]) {
    if (text !== '') content.push({ type: 'text', text })
  }
  const calls = message.tool_calls ?? []
  if (!Array.isArray(calls)) throw refuse(`${param}.tool_calls`, 'tool_calls must be an array')
  calls.forEach((call, index) => {
    const where = `${param}.tool_calls[${index}]`
    const called = isRecord(call) ? call.function : undefined
    if (!isRecord(call) || !isRecord(called) || typeof call.id !== 'string' || typeof called.name !== 'string') {
      throw refuse(where, 'A tool call needs an id and a function with a name')
    }
    toolNames.set(call.id, called.name)
    const input = toolInput(called.arguments, `${where}.function.arguments`)
    content.push({ type: 'tool-call', toolCallId: call.id, toolName: called.name, input })
  })
  return content
}

function toolInput(value: unknown, param: string): unknown {
  if (value === undefined || value === null || value === '') return {}
  try {
    if (typeof value === 'string') return JSON.parse(value)
  } catch {
    // Falls through to the refusal: the parser's own words would quote the arguments.
  }
  throw refuse(param, 'arguments must be a string with JSON in it')
}
