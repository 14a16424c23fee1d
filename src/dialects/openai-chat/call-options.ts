import type { LanguageModelV4CallOptions, LanguageModelV4FunctionTool, LanguageModelV4ToolChoice } from '@ai-sdk/provider'
import { isRecord } from '../../shared/is-record.ts'
import { functionTool, parallelToolCalls, reasoningEffort, schemaFormat, setStopSequences } from '../call-settings.ts'
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
  'stream',
  'stream_options',
  'user',
  'metadata',
  'safety_identifier',
  'prompt_cache_key',
  'prompt_cache_retention',
  'prompt_cache_options',
  'prediction',
  'providerOptions',
])

/** The only values at which these fields ask for nothing. */
const neutral = new Map<string, (value: unknown) => boolean>([
  ['n', (value) => value === 1],
  ['store', (value) => value === false],
  ['logprobs', (value) => value === false],
  ['top_logprobs', (value) => value === 0],
  ['service_tier', (value) => value === 'auto' || value === 'default' || value === 'on_demand'],
  ['modalities', (value) => Array.isArray(value) && value.every((one) => one === 'text')],
  ['logit_bias', (value) => isRecord(value) && Object.keys(value).length === 0],
  ['functions', (value) => Array.isArray(value) && value.length === 0],
  ['verbosity', (value) => value === 'medium'],
])

const numbers = {
  temperature: 'temperature',
  top_p: 'topP',
  top_k: 'topK',
  presence_penalty: 'presencePenalty',
  frequency_penalty: 'frequencyPenalty',
  seed: 'seed',
} as const

/** The same call for the AI SDK. Throws InvalidRequestError naming the field that cannot be carried. */
export function toCallOptions(request: ParsedRequest): LanguageModelV4CallOptions {
  const options: LanguageModelV4CallOptions = { prompt: toPrompt(request.body.messages as Record<string, unknown>[]) }
  if (request.maxOutputTokens !== undefined) options.maxOutputTokens = request.maxOutputTokens
  for (const [field, value] of Object.entries(request.body)) {
    if (value === null || value === undefined || dropped.has(field)) continue
    if (!carry(field, value, options) && neutral.get(field)?.(value) !== true) {
      throw refuse(field, `${field} cannot be translated for the provider of this model`)
    }
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
    case 'max_tokens':
    case 'max_completion_tokens':
      return true
    case 'stop':
      setStopSequences(options, stopSequences(value))
      return true
    case 'reasoning_effort':
      options.reasoning = reasoningEffort(value, field)
      return true
    case 'response_format':
      options.responseFormat = responseFormat(value)
      return true
    case 'tools':
      if (!Array.isArray(value)) throw refuse('tools', 'tools must be an array')
      if (value.length > 0) options.tools = value.map(toTool)
      return true
    case 'tool_choice':
      options.toolChoice = toolChoice(value)
      return true
    case 'parallel_tool_calls':
      options.providerOptions = { ...options.providerOptions, ...parallelToolCalls(value) }
      return true
    default:
      return false
  }
}

function stopSequences(value: unknown): string[] {
  const sequences = Array.isArray(value) ? value : [value]
  if (!sequences.every((sequence) => typeof sequence === 'string')) throw refuse('stop', 'stop must be a string or an array of strings')
  return sequences
}

function responseFormat(value: unknown): NonNullable<LanguageModelV4CallOptions['responseFormat']> {
  if (isRecord(value) && value.type === 'text') return { type: 'text' }
  if (isRecord(value) && value.type === 'json_object') return { type: 'json' }
  const format = isRecord(value) && value.type === 'json_schema' ? value.json_schema : undefined
  if (!isRecord(format)) throw refuse('response_format', 'response_format must be of type text, json_object or json_schema')
  return schemaFormat(format)
}

function toTool(tool: unknown, index: number): LanguageModelV4FunctionTool {
  const called = isRecord(tool) && tool.type === 'function' ? tool.function : undefined
  if (!isRecord(called))
    throw refuse(`tools[${index}].type`, 'Only tools of type function can be translated for the provider of this model')
  return functionTool(called, `tools[${index}].function`)
}

function toolChoice(value: unknown): LanguageModelV4ToolChoice {
  if (value === 'auto' || value === 'none' || value === 'required') return { type: value }
  const called = isRecord(value) && value.type === 'function' ? value.function : undefined
  if (!isRecord(called) || typeof called.name !== 'string') {
    throw refuse('tool_choice', 'tool_choice must be auto, none, required or the name of one function')
  }
  return { type: 'tool', toolName: called.name }
}
