import type { Answer, AnswerUsage } from './answer.ts'
import { asArray, asNumber, asRecord, asText, type JsonRecord } from './as-record.ts'
import { type Ask, type AskedMessage, plainAsk, type Refusal } from './ask.ts'
import { isDrawing, isGeminiThinking, isOpenaiReasoning } from './models.ts'
import { onePixelPng } from './one-pixel-png.ts'
import { effortTokens } from './openai-chat.ts'
import { readContent, readRole } from './openai-messages.ts'
import { vercelMetadata } from './vercel-routing.ts'
import { type Frame, frame, sse, type WireContext, type WireFormat, type WireRequest } from './wire-format.ts'

/** The AI SDK's own protocol, `POST /v4/ai/language-model` at the Vercel AI Gateway: the language model interface itself as JSON. */
export const aiSdkProtocol: WireFormat = {
  idPrefix: 'gen_',
  read: readCall,
  whole: renderResult,
  frames: renderParts,
  streamError: () => sse({ type: 'error', error: { message: 'Internal Server Error', type: 'internal_server_error' } }),
}

function readCall(body: JsonRecord, request: WireRequest): Ask | Refusal {
  const model = request.header('ai-language-model-id')
  if (model === '') return { status: 400, message: 'Missing ai-language-model-id header' }
  if (asArray(body.prompt).length === 0) return { status: 400, message: 'Invalid input: prompt' }
  const name = model.slice(model.indexOf('/') + 1)
  const thinks = isOpenaiReasoning(name) || isGeminiThinking(name) || name.includes('gpt-oss')
  const format = asRecord(body.responseFormat)
  const tools = asArray(body.tools).map(asRecord)
  const choice = asRecord(body.toolChoice)
  return {
    ...plainAsk(model, asArray(body.prompt).flatMap(readMessage)),
    tools: tools.map((tool) => ({ name: asText(tool.name) ?? '', schema: tool.inputSchema ?? { type: 'object' } })),
    toolBytes: tools.length === 0 ? 0 : Buffer.byteLength(JSON.stringify(tools)),
    toolChoice:
      choice.type === 'none' || choice.type === 'required'
        ? choice.type
        : typeof choice.toolName === 'string'
          ? { name: choice.toolName }
          : 'auto',
    json: format.type === 'json' ? { schema: format.schema } : undefined,
    maxTokens: asNumber(body.maxOutputTokens),
    stream: request.header('ai-language-model-streaming') === 'true',
    includeUsage: true,
    reasoningTokens: thinks ? effortTokens(asRecord(asRecord(body.providerOptions).openai).reasoningEffort) : 0,
    user: asText(asRecord(asRecord(body.providerOptions).gateway).user),
  }
}

function readMessage(value: unknown): AskedMessage[] {
  const message = asRecord(value)
  const role = readRole(message.role)
  if (role !== 'tool') return [{ role, ...readContent(message.content) }]
  return asArray(message.content).map((part) => {
    const output = asRecord(asRecord(part).output)
    return { role, text: asText(output.value) ?? JSON.stringify(output.value ?? null), extraBytes: 0 }
  })
}

const finishReasons: Record<Answer['finish'], string> = { stop: 'stop', length: 'length', tools: 'tool-calls' }

function finishOf({ answer, usage, vercel }: WireContext): JsonRecord {
  return {
    finishReason: { unified: finishReasons[answer.finish], raw: finishReasons[answer.finish] },
    usage: wireUsage(usage),
    ...(vercel === undefined ? {} : { providerMetadata: vercelMetadata(vercel, usage) }),
  }
}

function wireUsage(usage: AnswerUsage | undefined): JsonRecord {
  if (usage === undefined) return { inputTokens: {}, outputTokens: {} }
  const { inputTokens, cachedTokens, cacheWriteTokens, outputTokens, reasoningTokens } = usage
  return {
    inputTokens: {
      total: inputTokens,
      noCache: inputTokens - cachedTokens - cacheWriteTokens,
      cacheRead: cachedTokens,
      cacheWrite: cacheWriteTokens,
    },
    outputTokens: { total: outputTokens, text: outputTokens - reasoningTokens, reasoning: reasoningTokens },
  }
}

function toolCalls({ answer, requestId }: WireContext): { type: 'tool-call'; toolCallId: string; toolName: string; input: string }[] {
  return answer.toolCalls.map((call, index) => ({
    type: 'tool-call',
    toolCallId: `call_${requestId.slice(-20)}${index}`,
    toolName: call.name,
    input: call.pieces.map((piece) => piece.text).join(''),
  }))
}

function responseOf({ responseId, createdSeconds, model }: WireContext): JsonRecord {
  return { id: responseId, timestamp: new Date(createdSeconds * 1000).toISOString(), modelId: model }
}

function renderResult(context: WireContext): string {
  const calls = toolCalls(context)
  const text = context.answer.pieces.map((piece) => piece.text).join('')
  const drawn = [{ type: 'file', mediaType: 'image/png', data: { type: 'data', data: onePixelPng } }]
  const content = calls.length > 0 ? calls : isDrawing(context.ask.model) ? drawn : [{ type: 'text', text }]
  return JSON.stringify({ content, ...finishOf(context), warnings: [], response: responseOf(context) })
}

function* renderParts(context: WireContext): Generator<Frame> {
  const { answer } = context
  yield frame(sse({ type: 'stream-start', warnings: [] }), answer.reasoningTokens, false)
  yield frame(sse({ type: 'response-metadata', ...responseOf(context) }))
  if (answer.toolCalls.length === 0) {
    yield frame(sse({ type: 'text-start', id: '0' }))
    for (const piece of answer.pieces) yield frame(sse({ type: 'text-delta', id: '0', delta: piece.text }), piece.tokens)
    yield frame(sse({ type: 'text-end', id: '0' }))
  }
  for (const [index, call] of toolCalls(context).entries()) {
    const id = call.toolCallId
    yield frame(sse({ type: 'tool-input-start', id, toolName: call.toolName }), 1)
    for (const piece of answer.toolCalls[index]?.pieces ?? [])
      yield frame(sse({ type: 'tool-input-delta', id, delta: piece.text }), piece.tokens)
    yield frame(sse({ type: 'tool-input-end', id }))
    yield frame(sse(call))
  }
  yield frame(sse({ type: 'finish', ...finishOf(context) }))
  yield frame('data: [DONE]\n\n')
}
