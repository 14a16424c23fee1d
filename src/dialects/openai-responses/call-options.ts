import type { LanguageModelV4CallOptions, LanguageModelV4FunctionTool, LanguageModelV4ToolChoice } from '@ai-sdk/provider'
import { isRecord } from '../../shared/is-record.ts'
import { functionTool, parallelToolCalls, reasoningEffort, schemaFormat } from '../call-settings.ts'
import type { ParsedRequest } from '../dialect.ts'
import { refuse } from '../refuse.ts'
import { inputItems } from './parse.ts'
import { toPrompt } from './prompt.ts'

/**
 * Fields that change nothing of the answer's content, dropped in translation; `docs/api.md` says why each.
 * What is in no list and not translated below is refused by its name, so that nothing is lost in silence.
 */
const dropped = new Set([
  'model',
  'input',
  'instructions',
  'max_output_tokens',
  'stream',
  'stream_options',
  'store',
  'background',
  'user',
  'metadata',
  'safety_identifier',
  'prompt_cache_key',
  'prompt_cache_retention',
  'prompt_cache_options',
  'max_tool_calls',
  'providerOptions',
])

/** The only values at which these fields ask for nothing, or for nothing that a translated answer could have. */
const neutral = new Map<string, (value: unknown) => boolean>([
  ['service_tier', (value) => value === 'auto' || value === 'default'],
  ['top_logprobs', (value) => value === 0],
  ['truncation', (value) => value === 'disabled' || value === 'auto'],
  ['include', (value) => Array.isArray(value) && value.every((one) => one === 'reasoning.encrypted_content')],
])

/** The same call for the AI SDK. Throws InvalidRequestError naming the field that cannot be carried. */
export function toCallOptions({ body, maxOutputTokens }: ParsedRequest): LanguageModelV4CallOptions {
  const options: LanguageModelV4CallOptions = { prompt: toPrompt(body.instructions, inputItems(body.input)) }
  if (maxOutputTokens !== undefined) options.maxOutputTokens = maxOutputTokens
  for (const [field, value] of Object.entries(body)) {
    if (value === null || value === undefined || dropped.has(field)) continue
    if (!carry(field, value, options) && neutral.get(field)?.(value) !== true) {
      throw refuse(field, `${field} cannot be translated for the provider of this model`)
    }
  }
  return options
}

function carry(field: string, value: unknown, options: LanguageModelV4CallOptions): boolean {
  switch (field) {
    case 'temperature':
      options.temperature = number(value, field)
      return true
    case 'top_p':
      options.topP = number(value, field)
      return true
    case 'reasoning':
      carryReasoning(value, options)
      return true
    case 'text':
      carryText(value, options)
      return true
    case 'tools':
      // That they are an array was checked when the body was parsed.
      if ((value as unknown[]).length > 0) options.tools = (value as unknown[]).map(toTool)
      return true
    case 'tool_choice':
      options.toolChoice = toolChoice(value)
      return true
    case 'parallel_tool_calls':
      options.providerOptions = parallelToolCalls(value)
      return true
    default:
      return false
  }
}

function number(value: unknown, param: string): number {
  if (typeof value !== 'number') throw refuse(param, `${param} must be a number`)
  return value
}

/** A summary of the thinking comes from whoever gives one, asked for or not. */
function carryReasoning(value: unknown, options: LanguageModelV4CallOptions): void {
  for (const [field, wish] of entriesOf(value, 'reasoning')) {
    if (field === 'effort') options.reasoning = reasoningEffort(wish, 'reasoning.effort')
    else if (field !== 'summary' && field !== 'generate_summary') {
      throw refuse(`reasoning.${field}`, `reasoning.${field} cannot be translated for the provider of this model`)
    }
  }
}

function carryText(value: unknown, options: LanguageModelV4CallOptions): void {
  for (const [field, wish] of entriesOf(value, 'text')) {
    if (field === 'format') options.responseFormat = textFormat(wish)
    else if (field !== 'verbosity' || wish !== 'medium') {
      throw refuse(`text.${field}`, `text.${field} cannot be translated for the provider of this model`)
    }
  }
}

function entriesOf(value: unknown, param: string): [string, unknown][] {
  if (!isRecord(value)) throw refuse(param, `${param} must be an object`)
  return Object.entries(value).filter(([, wish]) => wish !== null && wish !== undefined)
}

function textFormat(format: unknown): NonNullable<LanguageModelV4CallOptions['responseFormat']> {
  if (isRecord(format) && format.type === 'text') return { type: 'text' }
  if (isRecord(format) && format.type === 'json_object') return { type: 'json' }
  if (isRecord(format) && format.type === 'json_schema') return schemaFormat(format)
  throw refuse('text.format', 'text.format must be of type text, json_object or json_schema')
}

function toTool(tool: unknown, index: number): LanguageModelV4FunctionTool {
  if (isRecord(tool) && tool.type === 'function') return functionTool(tool, `tools[${index}]`)
  throw refuse(`tools[${index}].type`, 'Only tools of type function can be translated for the provider of this model')
}

function toolChoice(value: unknown): LanguageModelV4ToolChoice {
  if (value === 'auto' || value === 'none' || value === 'required') return { type: value }
  if (isRecord(value) && value.type === 'function' && typeof value.name === 'string') return { type: 'tool', toolName: value.name }
  throw refuse('tool_choice', 'tool_choice must be auto, none, required or the name of one function')
}
