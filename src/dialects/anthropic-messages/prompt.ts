import type { LanguageModelV4FilePart, LanguageModelV4Message, LanguageModelV4Prompt, LanguageModelV4TextPart } from '@ai-sdk/provider'
import { isRecord } from '../../shared/is-record.ts'
import { refuse } from '../refuse.ts'
import { withoutBlankText } from '../without-blank-text.ts'

type Block = Record<string, unknown>
type UserPart = LanguageModelV4TextPart | LanguageModelV4FilePart
type ToolPart = Extract<LanguageModelV4Message, { role: 'tool' }>['content'][number]
type AssistantPart = Extract<LanguageModelV4Message, { role: 'assistant' }>['content'][number]

/** Anthropic's system text and messages as the AI SDK's prompt. */
export function toPrompt(system: unknown, messages: readonly Block[]): LanguageModelV4Prompt {
  const toolNames = new Map<string, string>()
  return withoutBlankText([
    ...systemMessages(system, 'system'),
    ...messages.flatMap((message, index) => toMessages(message, `messages[${index}]`, toolNames)),
  ])
}

function toMessages(message: Block, param: string, toolNames: Map<string, string>): LanguageModelV4Message[] {
  const content = `${param}.content`
  switch (message.role) {
    case 'system':
      return systemMessages(message.content, content)
    case 'user':
      return userMessages(blocksOf(message.content, content), content, toolNames)
    case 'assistant': {
      const parts = blocksOf(message.content, content).flatMap((block, index) => assistantPart(block, `${content}[${index}]`, toolNames))
      return [{ role: 'assistant', content: parts }]
    }
    default:
      throw refuse(`${param}.role`, `Messages of role ${JSON.stringify(message.role)} cannot be translated for the provider of this model`)
  }
}

function systemMessages(content: unknown, param: string): LanguageModelV4Message[] {
  if (content === undefined || content === null) return []
  return blocksOf(content, param).map((block, index) => ({ role: 'system', content: textOf(block, `${param}[${index}]`) }))
}

function blocksOf(content: unknown, param: string): Block[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  if (!Array.isArray(content)) throw refuse(param, 'content must be a string or an array of blocks')
  return content.map((block: unknown, index) => {
    if (!isRecord(block)) throw refuse(`${param}[${index}]`, 'a content block must be an object')
    return block
  })
}

function textOf(block: Block, param: string): string {
  if (block.type !== 'text' || typeof block.text !== 'string') throw refuse(`${param}.type`, 'Only text can stand here')
  return block.text
}

/**
 * Results of tools come first, as every provider wants them. Pictures and documents among them follow in a message of the user's,
 * because most providers take text only as a tool's result.
 */
function userMessages(blocks: Block[], param: string, toolNames: Map<string, string>): LanguageModelV4Message[] {
  const results: ToolPart[] = []
  const shown: UserPart[] = []
  const said: UserPart[] = []
  blocks.forEach((block, index) => {
    const at = `${param}[${index}]`
    if (block.type === 'tool_result') results.push(toolResult(block, at, toolNames, shown))
    else said.push(...userParts(block, at))
  })
  const content = [...shown, ...said]
  return [
    ...(results.length === 0 ? [] : [{ role: 'tool' as const, content: results }]),
    ...(content.length === 0 ? [] : [{ role: 'user' as const, content }]),
  ]
}

function toolResult(block: Block, param: string, toolNames: Map<string, string>, shown: UserPart[]): ToolPart {
  const id = block.tool_use_id
  const toolName = typeof id === 'string' ? toolNames.get(id) : undefined
  if (typeof id !== 'string' || toolName === undefined) {
    throw refuse(`${param}.tool_use_id`, 'A tool_result must answer a tool_use of an earlier assistant message')
  }
  const texts: string[] = []
  blocksOf(block.content ?? '', `${param}.content`).forEach((inner, index) => {
    for (const part of userParts(inner, `${param}.content[${index}]`)) {
      if (part.type === 'text') texts.push(part.text)
      else shown.push({ type: 'text', text: `From the result of ${toolName} (${id}):` }, part)
    }
  })
  const type = block.is_error === true ? ('error-text' as const) : ('text' as const)
  return { type: 'tool-result', toolCallId: id, toolName, output: { type, value: texts.join('\n') } }
}

function userParts(block: Block, param: string): UserPart[] {
  switch (block.type) {
    case 'text':
      return [{ type: 'text', text: textOf(block, param) }]
    case 'image':
      return [imagePart(block.source, `${param}.source`)]
    case 'document':
      return documentParts(block, param)
    default:
      throw refuse(
        `${param}.type`,
        `Content blocks of type ${JSON.stringify(block.type)} cannot be translated for the provider of this model`,
      )
  }
}

function imagePart(source: unknown, param: string): LanguageModelV4FilePart {
  if (isRecord(source) && source.type === 'base64' && typeof source.data === 'string' && typeof source.media_type === 'string') {
    return { type: 'file', mediaType: source.media_type, data: { type: 'data', data: source.data } }
  }
  // The provider fetches it; the gateway never opens a URL that a request names.
  const remote = isRecord(source) && source.type === 'url' && typeof source.url === 'string' ? URL.parse(source.url) : null
  if (remote === null || (remote.protocol !== 'https:' && remote.protocol !== 'http:')) {
    throw refuse(param, 'must be base64 data with its media_type or an http(s) URL')
  }
  return { type: 'file', mediaType: 'image', data: { type: 'url', url: remote } }
}

function documentParts({ source, title, context, citations }: Block, param: string): UserPart[] {
  if (isRecord(citations) && citations.enabled === true) {
    throw refuse(`${param}.citations`, 'citations cannot be translated for the provider of this model')
  }
  const heading = [title, context].filter((text) => typeof text === 'string')
  if (isRecord(source) && source.type === 'base64' && typeof source.data === 'string') {
    const mediaType = typeof source.media_type === 'string' ? source.media_type : 'application/pdf'
    const filename = typeof title === 'string' ? { filename: title } : {}
    const about = typeof context === 'string' ? [{ type: 'text' as const, text: context }] : []
    return [...about, { type: 'file', mediaType, data: { type: 'data', data: source.data }, ...filename }]
  }
  if (isRecord(source) && source.type === 'text' && typeof source.data === 'string') {
    return [{ type: 'text', text: [...heading, source.data].join('\n') }]
  }
  if (isRecord(source) && source.type === 'content') {
    const inner = blocksOf(source.content, `${param}.source.content`)
    return [
      ...heading.map((text) => ({ type: 'text' as const, text })),
      ...inner.flatMap((block, index) => userParts(block, `${param}.source.content[${index}]`)),
    ]
  }
  throw refuse(`${param}.source`, 'Send the document itself, as base64, text or content')
}

function assistantPart(block: Block, param: string, toolNames: Map<string, string>): AssistantPart[] {
  switch (block.type) {
    case 'text': {
      const text = textOf(block, param)
      return text === '' ? [] : [{ type: 'text', text }]
    }
    // Another provider can neither verify nor read it.
    case 'thinking':
    case 'redacted_thinking':
      return []
    case 'tool_use': {
      if (typeof block.id !== 'string' || typeof block.name !== 'string') throw refuse(param, 'A tool_use needs an id and a name')
      toolNames.set(block.id, block.name)
      return [{ type: 'tool-call', toolCallId: block.id, toolName: block.name, input: block.input ?? {} }]
    }
    default:
      throw refuse(
        `${param}.type`,
        `Content blocks of type ${JSON.stringify(block.type)} cannot be translated for the provider of this model`,
      )
  }
}
