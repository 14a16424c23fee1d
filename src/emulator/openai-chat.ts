import { asNumber, asRecord, asText, type JsonRecord } from './as-record.ts'
import { type Ask, plainAsk, type Refusal } from './ask.ts'
import { isGeminiThinking, isOpenaiReasoning, isResponsesOnly } from './models.ts'
import { renderChat, renderChatFrames } from './openai-chat-render.ts'
import { readOpenaiMessages, readOpenaiToolChoice, readOpenaiTools } from './openai-messages.ts'
import type { ChatFlavour } from './openai-usage.ts'
import { sse, type WireFormat } from './wire-format.ts'

/** Chat completions: OpenAI's own, Groq's, the Vercel AI Gateway's and Google's compatible one. */
export function openaiChat(flavour: ChatFlavour): WireFormat {
  return {
    idPrefix: flavour === 'vercel' ? 'gen_' : flavour === 'google' ? '' : 'chatcmpl-',
    read: (body) => readChat(flavour, body),
    whole: (context) => renderChat(flavour, context),
    frames: (context) => renderChatFrames(flavour, context),
    streamError: () => sse(streamErrors[flavour]),
  }
}

const serverError = 'The server had an error while processing your request. Sorry about that!'

const streamErrors: Record<ChatFlavour, JsonRecord> = {
  openai: { error: { message: serverError, type: 'server_error', param: null, code: null } },
  groq: { error: { message: 'Internal Server Error', type: 'internal_server_error' } },
  vercel: { error: { message: 'Internal Server Error', type: 'internal_server_error' } },
  google: { error: { code: 503, message: 'The model is overloaded. Please try again later.', status: 'UNAVAILABLE' } },
}

function readChat(flavour: ChatFlavour, body: JsonRecord): Ask | Refusal {
  const refusal = checkChat(flavour, body)
  if (refusal !== undefined) return refusal
  const model = asText(body.model) ?? ''
  const responseFormat = asRecord(body.response_format)
  const kind = asText(responseFormat.type)
  return {
    ...plainAsk(model, readOpenaiMessages(body.messages)),
    ...readOpenaiTools(body.tools),
    toolChoice: readOpenaiToolChoice(body.tool_choice),
    parallelTools: body.parallel_tool_calls !== false,
    json:
      kind === 'json_schema'
        ? { schema: asRecord(responseFormat.json_schema).schema }
        : kind === 'json_object'
          ? { schema: undefined }
          : undefined,
    maxTokens: asNumber(body.max_completion_tokens) ?? asNumber(body.max_tokens),
    choices: asNumber(body.n) ?? 1,
    stream: body.stream === true,
    includeUsage: asRecord(body.stream_options).include_usage === true,
    reasoningTokens: reasoningTokens(flavour, model, body.reasoning_effort),
    user: asText(body.user) ?? asText(body.safety_identifier) ?? asText(asRecord(asRecord(body.providerOptions).gateway).user),
  }
}

const tokensByEffort: Record<string, number> = { none: 0, minimal: 4, low: 8, medium: 16, high: 32, xhigh: 64, max: 64 }

export function effortTokens(effort: unknown): number {
  return tokensByEffort[asText(effort) ?? 'medium'] ?? 16
}

function reasoningTokens(flavour: ChatFlavour, model: string, effort: unknown): number {
  const name = flavour === 'vercel' ? model.slice(model.indexOf('/') + 1) : model
  const thinks = isOpenaiReasoning(name) || isGeminiThinking(name) || name.includes('gpt-oss')
  return thinks ? effortTokens(effort) : 0
}

function checkChat(flavour: ChatFlavour, body: JsonRecord): Refusal | undefined {
  const model = asText(body.model)
  if (model === undefined) return invalid('you must provide a model parameter', null, null)
  if (flavour === 'openai' && isResponsesOnly(model)) {
    const message = 'This model is only supported in v1/responses and not in v1/chat/completions.'
    return { ...invalid(message, 'model', null), status: 404 }
  }
  if (body.messages === undefined) return invalid("Missing required parameter: 'messages'.", 'messages', 'missing_required_parameter')
  if (!Array.isArray(body.messages))
    return invalid("Invalid type for 'messages': expected an array of objects.", 'messages', 'invalid_type')
  if (body.messages.length === 0) {
    const message = "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead."
    return invalid(message, 'messages', 'empty_array')
  }
  if (body.stream_options != null && body.stream !== true) {
    return invalid("The 'stream_options' parameter is only allowed when 'stream' is enabled.", 'stream_options', null)
  }
  return checkLimits(body) ?? (flavour === 'openai' ? checkReasoning(body) : undefined)
}

function checkLimits(body: JsonRecord): Refusal | undefined {
  for (const name of ['max_tokens', 'max_completion_tokens', 'n']) {
    const value = asNumber(body[name])
    if (value === undefined || value >= 1) continue
    const message = `Invalid '${name}': integer below minimum value. Expected a value >= 1, but got ${value} instead.`
    return invalid(message, name, 'integer_below_min_value')
  }
  const choices = asNumber(body.n) ?? 1
  if (choices <= 128) return undefined
  return invalid(
    `Invalid 'n': integer above maximum value. Expected a value <= 128, but got ${choices} instead.`,
    'n',
    'integer_above_max_value',
  )
}

function checkReasoning(body: JsonRecord): Refusal | undefined {
  if (!isOpenaiReasoning(asText(body.model) ?? '')) return undefined
  if (body.max_tokens != null) {
    const message = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    return invalid(message, 'max_tokens', 'unsupported_parameter')
  }
  if (body.temperature == null || body.temperature === 1) return undefined
  const message = `Unsupported value: 'temperature' does not support ${body.temperature} with this model. Only the default (1) value is supported.`
  return invalid(message, 'temperature', 'unsupported_value')
}

function invalid(message: string, param: string | null, code: string | null): Refusal {
  return { status: 400, message, type: 'invalid_request_error', param, code }
}
