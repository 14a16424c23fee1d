import type {
  LanguageModelV4FilePart,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4TextPart,
  LanguageModelV4ToolResultPart,
} from '@ai-sdk/provider'
import { isRecord } from '../../shared/is-record.ts'
import { audioFile, documentFile, imageFile, portableCallId, toolInput } from '../prompt-files.ts'
import { refuse } from '../refuse.ts'
import { withoutBlankText } from '../without-blank-text.ts'

type Item = Record<string, unknown>
type AssistantPart = Extract<LanguageModelV4Message, { role: 'assistant' }>['content'][number]

/** The items of a response's input as the AI SDK's prompt: what an assistant said and called in a row is one message there. */
export function toPrompt(instructions: unknown, items: readonly Item[]): LanguageModelV4Prompt {
  const prompt: LanguageModelV4Prompt = []
  if (instructions !== undefined && instructions !== null) {
    if (typeof instructions !== 'string') throw refuse('instructions', 'instructions must be a string')
    prompt.push({ role: 'system', content: instructions })
  }
  const toolNames = new Map<unknown, string>()
  items.forEach((item, index) => {
    addItem(prompt, item, `input[${index}]`, toolNames)
  })
  return withoutBlankText(prompt)
}

function addItem(prompt: LanguageModelV4Prompt, item: Item, param: string, toolNames: Map<unknown, string>): void {
  switch (item.type ?? 'message') {
    case 'message':
      addMessage(prompt, item, param)
      return
    case 'function_call': {
      const { call_id: callId, name: toolName } = item
      if (typeof callId !== 'string' || typeof toolName !== 'string') throw refuse(param, 'A function call needs a call_id and a name')
      toolNames.set(callId, toolName)
      const input = toolInput(item.arguments, `${param}.arguments`)
      addAssistant(prompt, [{ type: 'tool-call', toolCallId: portableCallId(callId), toolName, input }])
      return
    }
    case 'function_call_output': {
      const toolName = toolNames.get(item.call_id)
      if (typeof item.call_id !== 'string' || toolName === undefined) {
        throw refuse(`${param}.call_id`, 'An output must answer an earlier function call of the input')
      }
      const value = texts(item.output, `${param}.output`).join('')
      addResult(prompt, { type: 'tool-result', toolCallId: portableCallId(item.call_id), toolName, output: { type: 'text', value } })
      return
    }
    // Only the provider that thought can read it; for any other it is nothing.
    case 'reasoning':
      return
    default:
      throw refuse(`${param}.type`, `Items of type ${JSON.stringify(item.type)} cannot be translated for the provider of this model`)
  }
}

function addMessage(prompt: LanguageModelV4Prompt, { role, content }: Item, param: string): void {
  const where = `${param}.content`
  switch (role) {
    case 'system':
    case 'developer':
      prompt.push(...texts(content, where).map((text) => ({ role: 'system' as const, content: text })))
      return
    case 'user':
      prompt.push({ role: 'user', content: userContent(content, where) })
      return
    case 'assistant':
      addAssistant(
        prompt,
        texts(content, where).flatMap((text) => (text === '' ? [] : [{ type: 'text', text }])),
      )
      return
    default:
      throw refuse(`${param}.role`, `Messages of role ${JSON.stringify(role)} cannot be translated for the provider of this model`)
  }
}

function addAssistant(prompt: LanguageModelV4Prompt, parts: AssistantPart[]): void {
  const last = prompt.at(-1)
  if (last?.role === 'assistant') last.content.push(...parts)
  else prompt.push({ role: 'assistant', content: parts })
}

function addResult(prompt: LanguageModelV4Prompt, part: LanguageModelV4ToolResultPart): void {
  const last = prompt.at(-1)
  if (last?.role === 'tool') last.content.push(part)
  else prompt.push({ role: 'tool', content: [part] })
}

function texts(content: unknown, param: string): string[] {
  if (typeof content === 'string') return [content]
  if (content === null || content === undefined) return []
  if (!Array.isArray(content)) throw refuse(param, `${param} must be a string or an array of parts`)
  return content.map((part, index) => {
    const text = isRecord(part) ? (part.text ?? part.refusal) : undefined
    if (typeof text !== 'string') throw refuse(`${param}[${index}].type`, 'Only text can stand here for the provider of this model')
    return text
  })
}

function userContent(content: unknown, param: string): (LanguageModelV4TextPart | LanguageModelV4FilePart)[] {
  if (!Array.isArray(content)) return texts(content, param).map((text) => ({ type: 'text', text }))
  return content.map((part, index) => userPart(part, `${param}[${index}]`))
}

function userPart(part: unknown, param: string): LanguageModelV4TextPart | LanguageModelV4FilePart {
  if (!isRecord(part)) throw refuse(param, 'a content part must be an object')
  const { input_audio: audio } = part
  if (part.type === 'input_text' && typeof part.text === 'string') return { type: 'text', text: part.text }
  if (part.type === 'input_image') return imageFile(part.image_url, part.detail, `${param}.image_url`)
  if (part.type === 'input_file' && typeof part.file_data === 'string') return documentFile(part.file_data, part.filename)
  if (part.type === 'input_audio' && isRecord(audio) && typeof audio.data === 'string') return audioFile(audio.data, audio.format)
  throw refuse(`${param}.type`, `Content parts of type ${JSON.stringify(part.type)} cannot be translated for the provider of this model`)
}
