import type { Answer, AnswerUsage } from './answer.ts'
import { asArray, asNumber, asRecord, asText, type JsonRecord } from './as-record.ts'
import { type Ask, type AskedMessage, plainAsk, type Refusal } from './ask.ts'
import { attachmentBytes } from './count-tokens.ts'
import { type Frame, frame, namedSse, type WireContext, type WireFormat } from './wire-format.ts'

/** Anthropic's Messages API, also spoken by the Vercel AI Gateway. */
export const anthropicMessages: WireFormat = {
  idPrefix: 'msg_',
  read: (body) => readMessages(body, true),
  whole: renderMessage,
  frames: renderMessageFrames,
  streamError: () => namedSse('error', { error: { type: 'overloaded_error', message: 'Overloaded' } }),
}

/** The same request for `POST /messages/count_tokens`, which needs no `max_tokens`. */
export function readCountTokens(body: JsonRecord): Ask | Refusal {
  return readMessages(body, false)
}

function readMessages(body: JsonRecord, isCall: boolean): Ask | Refusal {
  const model = asText(body.model)
  if (model === undefined) return { status: 400, message: 'model: Field required' }
  if (isCall && asNumber(body.max_tokens) === undefined) return { status: 400, message: 'max_tokens: Field required' }
  if (isCall && Number(body.max_tokens) < 1) return { status: 400, message: 'max_tokens: Input should be greater than or equal to 1' }
  if (!Array.isArray(body.messages)) return { status: 400, message: 'messages: Field required' }
  if (body.messages.length === 0) return { status: 400, message: 'messages: at least one message is required' }
  const system = readBlocks('system', body.system)
  const thinking = asRecord(body.thinking)
  const budget = asNumber(thinking.budget_tokens)
  if (isCall && budget !== undefined && Number(body.max_tokens) <= budget) {
    return { status: 400, message: '`max_tokens` must be greater than `thinking.budget_tokens`' }
  }
  const forged = findForgedThinking(body.messages)
  if (forged !== undefined) return { status: 400, message: `${forged}: Invalid \`signature\` in \`thinking\` block` }
  const tools = asArray(body.tools).flatMap((value) => {
    const tool = asRecord(value)
    const name = asText(tool.name)
    return name === undefined || tool.input_schema === undefined ? [] : [{ name, schema: tool.input_schema }]
  })
  return {
    ...plainAsk(model, [...system, ...body.messages.flatMap((message) => readMessage(asRecord(message)))]),
    tools,
    toolBytes: tools.length === 0 ? 0 : Buffer.byteLength(JSON.stringify(body.tools)),
    toolChoice: readToolChoice(asRecord(body.tool_choice)),
    parallelTools: asRecord(body.tool_choice).disable_parallel_tool_use !== true,
    json: readOutputFormat(body),
    maxTokens: asNumber(body.max_tokens),
    stream: body.stream === true,
    includeUsage: true,
    reasoningTokens: thinking.type === 'enabled' || thinking.type === 'adaptive' ? 8 : 0,
    user: asText(asRecord(body.metadata).user_id) ?? asText(asRecord(asRecord(body.providerOptions).gateway).user),
  }
}

/** Where thinking stands that this provider did not sign. */
function findForgedThinking(messages: unknown[]): string | undefined {
  for (const [at, message] of messages.entries()) {
    const blocks = asArray(asRecord(message).content).map(asRecord)
    const block = blocks.findIndex(({ type, signature }) => type === 'thinking' && signature !== demoSignature)
    if (block !== -1) return `messages.${at}.content.${block}`
  }
  return undefined
}

function readOutputFormat(body: JsonRecord): Ask['json'] {
  const format = asRecord(asRecord(body.output_config).format ?? body.output_format)
  return format.type === 'json_schema' ? { schema: format.schema } : undefined
}

function readToolChoice(choice: JsonRecord): Ask['toolChoice'] {
  if (choice.type === 'any') return 'required'
  if (choice.type === 'none') return 'none'
  const name = asText(choice.name)
  return choice.type === 'tool' && name !== undefined ? { name } : 'auto'
}

/** A user's turn may carry tool results beside text; they become messages of their own, results first, as the API wants them. */
function readMessage(message: JsonRecord): AskedMessage[] {
  const role = message.role === 'assistant' ? 'assistant' : 'user'
  const blocks = asArray(message.content)
  const results = blocks.map(asRecord).filter((block) => block.type === 'tool_result')
  const rest = results.length === 0 ? message.content : blocks.filter((block) => asRecord(block).type !== 'tool_result')
  const own = Array.isArray(rest) && rest.length === 0 ? [] : readBlocks(role, rest)
  const answered = results.flatMap((result) => readBlocks('tool', result.content ?? ''))
  return own.every((block) => block.text === '') ? [...own, ...answered] : [...answered, ...own]
}

/** One message for each stretch of blocks up to a `cache_control`, so that a cached prefix ends where a message does. */
function readBlocks(role: AskedMessage['role'], content: unknown): AskedMessage[] {
  if (typeof content === 'string') return [{ role, text: content, extraBytes: 0 }]
  if (content == null) return []
  const messages: AskedMessage[] = []
  let texts: string[] = []
  let extraBytes = 0
  const close = (breakpoint?: '5m' | '1h') => {
    messages.push({ role, text: texts.join('\n'), extraBytes, ...(breakpoint === undefined ? {} : { cacheBreakpoint: breakpoint }) })
    texts = []
    extraBytes = 0
  }
  for (const value of asArray(content)) {
    const block = asRecord(value)
    const text = asText(block.text)
    if (text !== undefined) texts.push(text)
    else
      extraBytes += Math.min(
        Buffer.byteLength(JSON.stringify(block)),
        block.type === 'tool_use' ? Number.POSITIVE_INFINITY : attachmentBytes,
      )
    if (block.cache_control != null) close(asRecord(block.cache_control).ttl === '1h' ? '1h' : '5m')
  }
  if (texts.length > 0 || extraBytes > 0) close()
  return messages
}

const stopReasons: Record<Answer['finish'], string> = { stop: 'end_turn', length: 'max_tokens', tools: 'tool_use' }

/** `input_tokens` leaves out what was read from or written to the cache, which stands beside it. A usage left out by a fault reads 0. */
function wireUsage(usage: AnswerUsage | undefined, outputTokens: number): JsonRecord {
  const { inputTokens = 0, cachedTokens = 0, cacheWriteTokens = 0, cacheWriteFor = '5m', reasoningTokens = 0 } = usage ?? {}
  return {
    input_tokens: inputTokens - cachedTokens - cacheWriteTokens,
    cache_creation_input_tokens: cacheWriteTokens,
    cache_read_input_tokens: cachedTokens,
    cache_creation: {
      ephemeral_5m_input_tokens: cacheWriteFor === '5m' ? cacheWriteTokens : 0,
      ephemeral_1h_input_tokens: cacheWriteFor === '1h' ? cacheWriteTokens : 0,
    },
    output_tokens: outputTokens,
    ...(reasoningTokens === 0 ? {} : { output_tokens_details: { thinking_tokens: reasoningTokens } }),
    service_tier: 'standard',
  }
}

const thought = 'pensando '
const demoSignature = 'ZW11bGF0b3I='

function toolUseId(requestId: string, index: number): string {
  return `toolu_${requestId.slice(-20)}${index}`
}

function renderMessage({ answer, usage, responseId, model, requestId }: WireContext): string {
  const thinking =
    answer.reasoningTokens === 0 ? [] : [{ type: 'thinking', thinking: thought.repeat(answer.reasoningTokens), signature: demoSignature }]
  const text = answer.pieces.length === 0 ? [] : [{ type: 'text', text: answer.pieces.map((piece) => piece.text).join('') }]
  const tools = answer.toolCalls.map((call, index) => ({
    type: 'tool_use',
    id: toolUseId(requestId, index),
    name: call.name,
    input: parseInput(call.pieces.map((piece) => piece.text).join('')),
  }))
  return JSON.stringify({
    id: responseId,
    type: 'message',
    role: 'assistant',
    model,
    content: [...thinking, ...text, ...tools],
    stop_reason: stopReasons[answer.finish],
    stop_sequence: null,
    usage: wireUsage(usage, usage?.outputTokens ?? 0),
  })
}

/** Arguments that the token limit cut off are no JSON any more; the API then sends what it has as an empty object. */
function parseInput(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return {}
  }
}

function* renderMessageFrames(context: WireContext): Generator<Frame> {
  const { answer, usage, responseId, model, requestId } = context
  const message = { id: responseId, type: 'message', role: 'assistant', model, content: [], stop_reason: null, stop_sequence: null }
  const opening = { message: { ...message, usage: wireUsage(usage && { ...usage, reasoningTokens: 0 }, usage === undefined ? 0 : 1) } }
  yield frame(namedSse('message_start', opening))
  let index = 0
  if (answer.reasoningTokens > 0) {
    yield* thinkingFrames(answer.reasoningTokens, index++)
  }
  if (answer.toolCalls.length === 0) {
    yield frame(namedSse('content_block_start', { index, content_block: { type: 'text', text: '' } }))
    yield frame(namedSse('ping'))
    const head = `event: content_block_delta\ndata: {"type":"content_block_delta","index":${index},"delta":{"type":"text_delta","text":`
    for (const piece of answer.pieces) yield frame(`${head}${JSON.stringify(piece.text)}}}\n\n`, piece.tokens)
    yield frame(namedSse('content_block_stop', { index }))
  }
  for (const [call, { name, pieces }] of answer.toolCalls.entries()) {
    const block = { type: 'tool_use', id: toolUseId(requestId, call), name, input: {} }
    yield frame(namedSse('content_block_start', { index, content_block: block }), 1)
    if (call === 0) yield frame(namedSse('ping'))
    for (const piece of pieces) {
      const delta = { type: 'input_json_delta', partial_json: piece.text }
      yield frame(namedSse('content_block_delta', { index, delta }), piece.tokens)
    }
    yield frame(namedSse('content_block_stop', { index }))
    index++
  }
  const delta = { stop_reason: stopReasons[answer.finish], stop_sequence: null }
  yield frame(namedSse('message_delta', { delta, usage: wireUsage(usage, usage?.outputTokens ?? 0) }))
  yield frame(namedSse('message_stop'))
}

function* thinkingFrames(tokens: number, index: number): Generator<Frame> {
  const delta = (fields: JsonRecord) => namedSse('content_block_delta', { index, delta: fields })
  yield frame(namedSse('content_block_start', { index, content_block: { type: 'thinking', thinking: '', signature: '' } }))
  for (let token = 0; token < tokens; token++) yield frame(delta({ type: 'thinking_delta', thinking: thought }), 1, false)
  yield frame(delta({ type: 'signature_delta', signature: demoSignature }))
  yield frame(namedSse('content_block_stop', { index }))
}
