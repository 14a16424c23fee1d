import type { LanguageModelV4FilePart, LanguageModelV4Message, LanguageModelV4Prompt, LanguageModelV4TextPart } from '@ai-sdk/provider'
import { isRecord } from '../../shared/is-record.ts'
import { audioFile, documentFile, imageFile, portableCallId, toolInput } from '../prompt-files.ts'
import { refuse } from '../refuse.ts'
import { withoutBlankText } from '../without-blank-text.ts'

type Message = Record<string, unknown>
type AssistantContent = Extract<LanguageModelV4Message, { role: 'assistant' }>['content']

/** OpenAI's messages as the AI SDK's prompt. Names of speakers go where the AI SDK has a place for them. */
export function toPrompt(messages: readonly Message[]): LanguageModelV4Prompt {
  const toolNames = new Map<string, string>()
  return withoutBlankText(messages.flatMap((message, index) => toMessages(message, `messages[${index}]`, toolNames)))
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
      return [{ role: 'tool', content: [{ type: 'tool-result', toolCallId: portableCallId(id), toolName, output }] }]
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
    return audioFile(inner.data, inner.format)
  }
  if (type === 'file' && isRecord(inner) && typeof inner.file_data === 'string') {
    return documentFile(inner.file_data, inner.filename)
  }
  throw refuse(`${param}.type`, `Content parts of type ${JSON.stringify(type)} cannot be translated for the provider of this model`)
}

function imagePart(image: unknown, param: string): LanguageModelV4FilePart {
  return isRecord(image) ? imageFile(image.url, image.detail, `${param}.url`) : imageFile(image, undefined, `${param}.url`)
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
    content.push({ type: 'tool-call', toolCallId: portableCallId(call.id), toolName: called.name, input })
  })
  return content
}
