import { asArray, asNumber, asRecord, asText, type JsonRecord } from './as-record.ts'
import { type Ask, type AskedMessage, plainAsk, type Refusal } from './ask.ts'
import { isOpenaiReasoning } from './models.ts'
import { effortTokens } from './openai-chat.ts'
import { readContent, readOpenaiToolChoice, readOpenaiTools, readRole } from './openai-messages.ts'
import { vercelMetadata } from './vercel-routing.ts'
import { type Frame, frame, namedSse, type WireContext, type WireFormat } from './wire-format.ts'

/** The Responses API: text, function tools and JSON, streamed as its numbered events. */
export const openaiResponses: WireFormat = {
  idPrefix: 'resp_',
  read: readResponse,
  whole: (context) => JSON.stringify(responseObject(context, true)),
  frames: renderResponseFrames,
  streamError: () =>
    namedSse('error', {
      code: 'server_error',
      message: 'The server had an error while processing your request.',
      param: null,
      sequence_number: 99,
    }),
}

function readResponse(body: JsonRecord): Ask | Refusal {
  const model = asText(body.model)
  if (model === undefined) return missing('model')
  if (body.input === undefined) return missing('input')
  const refusal = checkResponse(body)
  if (refusal !== undefined) return refusal
  const format = asRecord(asRecord(body.text).format)
  const kind = asText(format.type)
  const instructions = asText(body.instructions)
  const system: AskedMessage[] = instructions === undefined ? [] : [{ role: 'system', text: instructions, extraBytes: 0 }]
  const input: AskedMessage[] =
    typeof body.input === 'string' ? [{ role: 'user', text: body.input, extraBytes: 0 }] : asArray(body.input).map(readItem)
  return {
    ...plainAsk(model, [...system, ...input]),
    ...readOpenaiTools(body.tools),
    toolChoice: readOpenaiToolChoice(body.tool_choice),
    parallelTools: body.parallel_tool_calls !== false,
    json: kind === 'json_schema' ? { schema: format.schema } : kind === 'json_object' ? { schema: undefined } : undefined,
    maxTokens: asNumber(body.max_output_tokens),
    stream: body.stream === true,
    includeUsage: true,
    reasoningTokens: isOpenaiReasoning(model.slice(model.indexOf('/') + 1)) ? effortTokens(asRecord(body.reasoning).effort) : 0,
    user: asText(body.user) ?? asText(body.safety_identifier) ?? asText(asRecord(asRecord(body.providerOptions).gateway).user),
  }
}

function readItem(value: unknown): AskedMessage {
  const item = asRecord(value)
  if (item.type === 'function_call_output') {
    return { role: 'tool', ...readContent(item.output) }
  }
  if (item.type === 'function_call') return { role: 'assistant', text: '', extraBytes: Buffer.byteLength(JSON.stringify(item)) }
  return { role: readRole(item.role), ...readContent(item.content) }
}

const leastOutput = 16

/** Nothing is stored here, as for an account that keeps nothing; a limit below 16 the real API refuses. */
function checkResponse(body: JsonRecord): Refusal | undefined {
  const limit = asNumber(body.max_output_tokens)
  if (limit !== undefined && limit < leastOutput) {
    const message = `Invalid 'max_output_tokens': integer below minimum value. Expected a value >= ${leastOutput}, but got ${limit} instead.`
    return { status: 400, message, type: 'invalid_request_error', param: 'max_output_tokens', code: 'integer_below_min_value' }
  }
  const previous = asText(body.previous_response_id)
  if (previous === undefined) return undefined
  const message = `Previous response with id '${previous}' not found.`
  return { status: 400, message, type: 'invalid_request_error', param: 'previous_response_id', code: 'previous_response_not_found' }
}

function missing(param: string): Refusal {
  return {
    status: 400,
    message: `Missing required parameter: '${param}'.`,
    type: 'invalid_request_error',
    param,
    code: 'missing_required_parameter',
  }
}

function responseObject(context: WireContext, done: boolean): JsonRecord {
  const { ask, answer, usage, responseId, createdSeconds, model, vercel } = context
  const isCut = answer.finish === 'length'
  return {
    id: responseId,
    object: 'response',
    created_at: createdSeconds,
    status: done ? (isCut ? 'incomplete' : 'completed') : 'in_progress',
    background: false,
    error: null,
    incomplete_details: done && isCut ? { reason: 'max_output_tokens' } : null,
    instructions: null,
    max_output_tokens: ask.maxTokens ?? null,
    model,
    output: done ? outputItems(context) : [],
    parallel_tool_calls: ask.parallelTools,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    service_tier: 'default',
    store: false,
    temperature: 1,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    truncation: 'disabled',
    usage:
      done && usage !== undefined
        ? {
            input_tokens: usage.inputTokens,
            input_tokens_details: { cached_tokens: usage.cachedTokens, cache_write_tokens: 0 },
            output_tokens: usage.outputTokens,
            output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
            total_tokens: usage.inputTokens + usage.outputTokens,
          }
        : null,
    user: ask.user ?? null,
    metadata: {},
    ...(vercel === undefined || !done ? {} : { provider_metadata: vercelMetadata(vercel, usage) }),
  }
}

function outputItems(context: WireContext): JsonRecord[] {
  const { answer } = context
  const reasoning = answer.reasoningTokens > 0 ? [reasoningItem(context)] : []
  if (answer.toolCalls.length > 0) return [...reasoning, ...answer.toolCalls.map((_, index) => callItem(context, index, true))]
  return [...reasoning, messageItem(context, answer.pieces.map((piece) => piece.text).join(''), true)]
}

function reasoningItem({ requestId }: WireContext): JsonRecord {
  return { id: `rs_${requestId.slice(-20)}`, type: 'reasoning', summary: [] }
}

function messageItem({ requestId }: WireContext, text: string, done: boolean): JsonRecord {
  return {
    id: `msg_${requestId.slice(-20)}`,
    type: 'message',
    status: done ? 'completed' : 'in_progress',
    role: 'assistant',
    content: done ? [textPart(text)] : [],
  }
}

function textPart(text: string): JsonRecord {
  return { type: 'output_text', text, annotations: [], logprobs: [] }
}

function callItem({ requestId, answer }: WireContext, index: number, done: boolean): JsonRecord {
  const call = answer.toolCalls[index]
  return {
    id: `fc_${requestId.slice(-20)}${index}`,
    type: 'function_call',
    status: done ? 'completed' : 'in_progress',
    call_id: `call_${requestId.slice(-20)}${index}`,
    name: call?.name ?? '',
    arguments: done ? (call?.pieces.map((piece) => piece.text).join('') ?? '') : '',
  }
}

function* renderResponseFrames(context: WireContext): Generator<Frame> {
  const { answer } = context
  let sequence = 0
  const event = (type: string, fields: JsonRecord) => namedSse(type, { ...fields, sequence_number: sequence++ })
  const response = responseObject(context, false)
  yield frame(event('response.created', { response }), answer.reasoningTokens, false)
  yield frame(event('response.in_progress', { response }))
  let outputIndex = 0
  if (answer.reasoningTokens > 0) {
    const item = reasoningItem(context)
    yield frame(event('response.output_item.added', { output_index: outputIndex, item }))
    yield frame(event('response.output_item.done', { output_index: outputIndex++, item }))
  }
  if (answer.toolCalls.length === 0) yield* messageFrames(context, outputIndex, event)
  else yield* callFrames(context, outputIndex, event)
  const closing = answer.finish === 'length' ? 'response.incomplete' : 'response.completed'
  yield frame(event(closing, { response: responseObject(context, true) }))
}

type RenderEvent = (type: string, fields: JsonRecord) => string

function* messageFrames(context: WireContext, outputIndex: number, event: RenderEvent): Generator<Frame> {
  const text = context.answer.pieces.map((piece) => piece.text).join('')
  const opening = messageItem(context, '', false)
  const place = { item_id: opening.id, output_index: outputIndex, content_index: 0 }
  yield frame(event('response.output_item.added', { output_index: outputIndex, item: opening }))
  yield frame(event('response.content_part.added', { ...place, part: textPart('') }))
  for (const piece of context.answer.pieces) {
    yield frame(event('response.output_text.delta', { ...place, delta: piece.text, logprobs: [] }), piece.tokens)
  }
  yield frame(event('response.output_text.done', { ...place, text, logprobs: [] }))
  yield frame(event('response.content_part.done', { ...place, part: textPart(text) }))
  yield frame(event('response.output_item.done', { output_index: outputIndex, item: messageItem(context, text, true) }))
}

function* callFrames(context: WireContext, firstIndex: number, event: RenderEvent): Generator<Frame> {
  for (const [index, call] of context.answer.toolCalls.entries()) {
    const item = callItem(context, index, false)
    const place = { item_id: item.id, output_index: firstIndex + index }
    yield frame(event('response.output_item.added', { output_index: firstIndex + index, item }), 1)
    for (const piece of call.pieces)
      yield frame(event('response.function_call_arguments.delta', { ...place, delta: piece.text }), piece.tokens)
    const done = callItem(context, index, true)
    yield frame(event('response.function_call_arguments.done', { ...place, arguments: done.arguments }))
    yield frame(event('response.output_item.done', { output_index: firstIndex + index, item: done }))
  }
}
