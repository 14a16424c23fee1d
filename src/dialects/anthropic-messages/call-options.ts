import type { LanguageModelV4CallOptions, LanguageModelV4FunctionTool, LanguageModelV4ToolChoice } from '@ai-sdk/provider'
import { isRecord } from '../../shared/is-record.ts'
import { setStopSequences } from '../call-settings.ts'
import type { ParsedRequest } from '../dialect.ts'
import { refuse } from '../refuse.ts'
import { toPrompt } from './prompt.ts'

/**
 * Fields that change nothing of the answer's content, dropped in translation; `docs/api.md` says why each.
 * What is in no list and not translated below is refused by its name, so that nothing is lost in silence.
 */
const dropped = new Set([
  'model',
  'messages',
  'system',
  'max_tokens',
  'stream',
  'metadata',
  'service_tier',
  'cache_control',
  'context_management',
  'diagnostics',
  'speed',
  'inference_geo',
])

const numbers = { temperature: 'temperature', top_p: 'topP', top_k: 'topK' } as const
const efforts = ['low', 'medium', 'high', 'xhigh', 'max'] as const
type Effort = (typeof efforts)[number]

/** The same call for the AI SDK. Throws InvalidRequestError naming the field that cannot be carried. */
export function toCallOptions(request: ParsedRequest): LanguageModelV4CallOptions {
  const { body } = request
  const options: LanguageModelV4CallOptions = { prompt: toPrompt(body.system, body.messages as Record<string, unknown>[]) }
  if (request.maxOutputTokens !== undefined) options.maxOutputTokens = request.maxOutputTokens
  for (const [field, value] of Object.entries(body)) {
    if (value === null || value === undefined || dropped.has(field)) continue
    if (!carry(field, value, options)) throw refuse(field, `${field} cannot be translated for the provider of this model`)
  }
  return options
}

function carry(field: string, value: unknown, options: LanguageModelV4CallOptions): boolean {
  if (Object.hasOwn(numbers, field)) {
    if (typeof value !== 'number') throw refuse(field, `${field} must be a number`)
    options[numbers[field as keyof typeof numbers]] = value
    return true
  }
  switch (field) {
    case 'stop_sequences':
      setStopSequences(options, stopSequences(value))
      return true
    case 'thinking':
      // An effort that the caller names says more than a budget does.
      options.reasoning ??= thinkingEffort(value)
      return true
    case 'output_config':
      carryOutputConfig(value, options)
      return true
    case 'output_format':
      options.responseFormat = responseFormat(value, field)
      return true
    case 'tools':
      if (!Array.isArray(value)) throw refuse('tools', 'tools must be an array')
      if (value.length > 0) options.tools = value.map(toTool)
      return true
    case 'tool_choice':
      carryToolChoice(value, options)
      return true
    default:
      return false
  }
}

function stopSequences(value: unknown): string[] {
  if (Array.isArray(value) && value.every((sequence) => typeof sequence === 'string')) return value
  throw refuse('stop_sequences', 'stop_sequences must be an array of strings')
}

/** A budget in tokens as the nearest effort; `adaptive` leaves it to the provider, and `disabled` is what models do that are not told. */
function thinkingEffort(value: unknown): 'provider-default' | Effort {
  const type = isRecord(value) ? value.type : undefined
  if (type === 'adaptive' || type === 'disabled') return 'provider-default'
  const budget = isRecord(value) && type === 'enabled' ? value.budget_tokens : undefined
  if (typeof budget !== 'number') throw refuse('thinking', 'thinking must be enabled with budget_tokens, adaptive or disabled')
  if (budget <= 4_096) return 'low'
  return budget <= 16_384 ? 'medium' : 'high'
}

function carryOutputConfig(value: unknown, options: LanguageModelV4CallOptions): void {
  if (!isRecord(value)) throw refuse('output_config', 'output_config must be an object')
  for (const [field, inner] of Object.entries(value)) {
    const param = `output_config.${field}`
    if (inner === null || inner === undefined) continue
    if (field === 'format') options.responseFormat = responseFormat(inner, param)
    else if (field === 'effort') options.reasoning = effort(inner, param)
    else throw refuse(param, `${param} cannot be translated for the provider of this model`)
  }
}

function effort(value: unknown, param: string): Effort {
  const known = efforts.find((name) => name === value)
  if (known === undefined) throw refuse(param, `${param} must be one of ${efforts.join(', ')}`)
  return known
}

function responseFormat(value: unknown, param: string): NonNullable<LanguageModelV4CallOptions['responseFormat']> {
  if (isRecord(value) && value.type === 'json_schema' && isRecord(value.schema)) return { type: 'json', schema: value.schema }
  throw refuse(param, `${param} must be of type json_schema with a schema`)
}

/** What a tool may say besides: how it is cached and streamed, which changes no answer. */
const toolFields = new Set(['type', 'name', 'description', 'input_schema', 'strict', 'cache_control', 'eager_input_streaming'])

function toTool(tool: unknown, index: number): LanguageModelV4FunctionTool {
  const param = `tools[${index}]`
  if (!isRecord(tool) || typeof tool.name !== 'string') throw refuse(`${param}.name`, 'a tool needs a name')
  const { description, strict, input_examples: examples, ...rest } = tool
  for (const [field, value] of Object.entries(rest)) {
    const saysNothing = value === null || value === false || (field === 'allowed_callers' && JSON.stringify(value) === '["direct"]')
    if (!toolFields.has(field) && !saysNothing) {
      throw refuse(`${param}.${field}`, `${field} cannot be translated for the provider of this model`)
    }
  }
  return {
    type: 'function',
    name: tool.name,
    inputSchema: isRecord(tool.input_schema) ? tool.input_schema : { type: 'object', properties: {} },
    ...(typeof description === 'string' ? { description } : {}),
    ...(typeof strict === 'boolean' ? { strict } : {}),
    ...(Array.isArray(examples) ? { inputExamples: examples.map((input) => ({ input })) } : {}),
  }
}

function carryToolChoice(value: unknown, options: LanguageModelV4CallOptions): void {
  options.toolChoice = toolChoice(value)
  if (!isRecord(value) || value.disable_parallel_tool_use !== true) return
  // The AI SDK has no setting of its own for this, the providers do.
  options.providerOptions = { openai: { parallelToolCalls: false }, groq: { parallelToolCalls: false } }
}

function toolChoice(value: unknown): LanguageModelV4ToolChoice {
  const type = isRecord(value) ? value.type : undefined
  if (type === 'auto' || type === 'none') return { type }
  if (type === 'any') return { type: 'required' }
  if (isRecord(value) && type === 'tool' && typeof value.name === 'string') return { type: 'tool', toolName: value.name }
  throw refuse('tool_choice', 'tool_choice must be of type auto, any, none, or tool with its name')
}
