import type { LanguageModelV4CallOptions, LanguageModelV4FunctionTool } from '@ai-sdk/provider'
import { isRecord } from '../shared/is-record.ts'
import { refuse } from './refuse.ts'

const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const

/** How much a model shall think, in OpenAI's words, which are the AI SDK's as well. */
export function reasoningEffort(value: unknown, param: string): (typeof efforts)[number] {
  const known = efforts.find((name) => name === value)
  if (known === undefined) throw refuse(param, `${param} must be one of ${efforts.join(', ')}`)
  return known
}

/** The AI SDK has no setting of its own for this, the providers do. */
export function parallelToolCalls(value: unknown): NonNullable<LanguageModelV4CallOptions['providerOptions']> {
  if (typeof value !== 'boolean') throw refuse('parallel_tool_calls', 'parallel_tool_calls must be true or false')
  return {
    openai: { parallelToolCalls: value },
    groq: { parallelToolCalls: value },
    anthropic: { disableParallelToolUse: !value },
  }
}

/** An empty list asks for nothing, and OpenAI refuses one. */
export function setStopSequences(options: LanguageModelV4CallOptions, sequences: string[]): void {
  if (sequences.length > 0) options.stopSequences = sequences
}

/** `name`, `description` and `schema`, as both of OpenAI's dialects give them. */
export function schemaFormat(format: Record<string, unknown>): NonNullable<LanguageModelV4CallOptions['responseFormat']> {
  return {
    type: 'json',
    ...(isRecord(format.schema) ? { schema: format.schema } : {}),
    ...(typeof format.name === 'string' ? { name: format.name } : {}),
    ...(typeof format.description === 'string' ? { description: format.description } : {}),
  }
}

export function functionTool(called: Record<string, unknown>, param: string): LanguageModelV4FunctionTool {
  if (typeof called.name !== 'string') throw refuse(`${param}.name`, 'a function needs a name')
  return {
    type: 'function',
    name: called.name,
    inputSchema: isRecord(called.parameters) ? called.parameters : { type: 'object', properties: {} },
    ...(typeof called.description === 'string' ? { description: called.description } : {}),
    ...(typeof called.strict === 'boolean' ? { strict: called.strict } : {}),
  }
}
