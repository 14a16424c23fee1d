import { asArray, asRecord, asText, type JsonRecord } from './as-record.ts'
import type { Ask, AskedMessage, AskedTool } from './ask.ts'
import { attachmentBytes } from './count-tokens.ts'

/** Reads `messages` of a chat completion; `developer` is `system`, `function` is `tool`. */
export function readOpenaiMessages(messages: unknown): AskedMessage[] {
  return asArray(messages).map((value) => {
    const message = asRecord(value)
    const toolCalls = asArray(message.tool_calls)
    const { text, extraBytes } = readContent(message.content)
    return {
      role: readRole(message.role),
      text,
      extraBytes: extraBytes + (toolCalls.length === 0 ? 0 : Buffer.byteLength(JSON.stringify(toolCalls))),
    }
  })
}

export function readRole(role: unknown): AskedMessage['role'] {
  if (role === 'system' || role === 'developer') return 'system'
  if (role === 'tool' || role === 'function') return 'tool'
  return role === 'assistant' ? 'assistant' : 'user'
}

/** A string, or parts of which the texts are joined; whatever else a part is counts as an attachment. */
export function readContent(content: unknown): { text: string; extraBytes: number } {
  if (typeof content === 'string') return { text: content, extraBytes: 0 }
  const texts: string[] = []
  let extraBytes = 0
  for (const value of asArray(content)) {
    const text = asText(asRecord(value).text)
    if (text !== undefined) texts.push(text)
    else extraBytes += Math.min(Buffer.byteLength(JSON.stringify(value)), attachmentBytes)
  }
  return { text: texts.join('\n'), extraBytes }
}

/** `tools` of a chat completion (`{ function: { name, parameters } }`) or of a response (flat). */
export function readOpenaiTools(tools: unknown): { tools: AskedTool[]; toolBytes: number } {
  const list = asArray(tools)
  if (list.length === 0) return { tools: [], toolBytes: 0 }
  const read = list.flatMap((value) => {
    const tool = asRecord(value)
    const definition: JsonRecord = 'function' in tool ? asRecord(tool.function) : tool
    const name = asText(definition.name)
    return name === undefined ? [] : [{ name, schema: definition.parameters ?? { type: 'object' } }]
  })
  return { tools: read, toolBytes: Buffer.byteLength(JSON.stringify(list)) }
}

export function readOpenaiToolChoice(choice: unknown): Ask['toolChoice'] {
  if (choice === 'none' || choice === 'required') return choice
  const named = asRecord(choice)
  const name = asText(asRecord(named.function).name) ?? asText(named.name)
  return name === undefined ? 'auto' : { name }
}
