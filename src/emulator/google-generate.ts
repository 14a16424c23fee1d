import type { Answer, AnswerUsage } from './answer.ts'
import { asArray, asNumber, asRecord, asText, type JsonRecord } from './as-record.ts'
import { type Ask, type AskedMessage, plainAsk, type Refusal } from './ask.ts'
import { attachmentBytes } from './count-tokens.ts'
import { isDrawing, isGeminiThinking } from './models.ts'
import { onePixelPng } from './one-pixel-png.ts'
import { type Frame, frame, sse, type WireContext, type WireFormat, type WireRequest } from './wire-format.ts'

/** Gemini's native API: `models/{model}:generateContent` and `:streamGenerateContent`. */
export const googleGenerate: WireFormat = {
  idPrefix: '',
  read: readGenerate,
  whole: (context) => JSON.stringify(renderChunk(context, allParts(context), context.usage, true)),
  frames: renderChunks,
  streamError: () => sse({ error: { code: 503, message: 'The model is overloaded. Please try again later.', status: 'UNAVAILABLE' } }),
}

/** The model and the method of a path like `/models/gemini-2.5-flash:generateContent`. */
export function readGooglePath(path: string): { model: string; method: string } {
  const [, model = '', method = ''] = /\/models\/([^:]+)(?::(\w+))?$/.exec(path) ?? []
  return { model: decodeURIComponent(model), method }
}

function readGenerate(body: JsonRecord, request: WireRequest): Ask | Refusal {
  const { model, method } = readGooglePath(request.path)
  const config = asRecord(body.generationConfig ?? body.generation_config)
  if (asArray(body.contents).length === 0) {
    return { status: 400, message: '* GenerateContentRequest.contents: contents is not specified\n' }
  }
  const tools = asArray(body.tools).flatMap((tool) => {
    const declarations = asArray(asRecord(tool).functionDeclarations ?? asRecord(tool).function_declarations)
    return declarations.map(asRecord).map(({ name, parameters, parametersJsonSchema }) => ({
      name: asText(name) ?? '',
      schema: parameters ?? parametersJsonSchema ?? { type: 'object' },
    }))
  })
  const instruction = body.systemInstruction ?? body.system_instruction
  const system: AskedMessage[] = instruction === undefined ? [] : [{ role: 'system', ...readParts(instruction) }]
  return {
    ...plainAsk(model, [...system, ...asArray(body.contents).map(readMessage)]),
    tools,
    toolBytes: tools.length === 0 ? 0 : Buffer.byteLength(JSON.stringify(body.tools)),
    toolChoice: readToolChoice(asRecord(asRecord(body.toolConfig).functionCallingConfig)),
    json: config.responseMimeType === 'application/json' ? { schema: config.responseJsonSchema ?? config.responseSchema } : undefined,
    maxTokens: asNumber(config.maxOutputTokens),
    choices: asNumber(config.candidateCount) ?? 1,
    stream: method === 'streamGenerateContent',
    includeUsage: true,
    reasoningTokens: thinkingTokens(model, asRecord(config.thinkingConfig)),
  }
}

function thinkingTokens(model: string, thinking: JsonRecord): number {
  const budget = asNumber(thinking.thinkingBudget)
  if (budget !== undefined && budget >= 0) return Math.min(budget, 16)
  return isGeminiThinking(model) || budget === -1 ? 16 : 0
}

function readToolChoice(config: JsonRecord): Ask['toolChoice'] {
  if (config.mode === 'NONE') return 'none'
  if (config.mode !== 'ANY') return 'auto'
  const [only, another] = asArray(config.allowedFunctionNames)
  return typeof only === 'string' && another === undefined ? { name: only } : 'required'
}

function readMessage(value: unknown): AskedMessage {
  const content = asRecord(value)
  const answered = asArray(content.parts).map((part) => asRecord(part).functionResponse)
  const results = answered.filter((response) => response !== undefined).map((response) => JSON.stringify(asRecord(response).response ?? {}))
  if (results.length > 0) return { role: 'tool', text: results.join('\n'), extraBytes: 0 }
  return { role: content.role === 'model' ? 'assistant' : 'user', ...readParts(value) }
}

export function readParts(value: unknown): { text: string; extraBytes: number } {
  const texts: string[] = []
  let extraBytes = 0
  for (const part of asArray(asRecord(value).parts).map(asRecord)) {
    const text = asText(part.text)
    if (text !== undefined) texts.push(text)
    else {
      const bytes = Buffer.byteLength(JSON.stringify(part))
      extraBytes += part.functionCall === undefined ? Math.min(bytes, attachmentBytes) : bytes
    }
  }
  return { text: texts.join('\n'), extraBytes }
}

const finishReasons: Record<Answer['finish'], string> = { stop: 'STOP', length: 'MAX_TOKENS', tools: 'STOP' }

function allParts({ answer, ask }: WireContext): JsonRecord[] {
  if (isDrawing(ask.model)) return [{ inlineData: { mimeType: 'image/png', data: onePixelPng } }]
  if (answer.toolCalls.length > 0) return answer.toolCalls.map((_, index) => callPart(answer, index))
  return [{ text: answer.pieces.map((piece) => piece.text).join('') }]
}

function callPart(answer: Answer, index: number): JsonRecord {
  const call = answer.toolCalls[index]
  const json = call?.pieces.map((piece) => piece.text).join('') ?? ''
  let args: unknown = {}
  try {
    args = JSON.parse(json)
  } catch {
    // The token limit cut the arguments off; Gemini sends what is whole, which here is nothing.
  }
  return { functionCall: { name: call?.name ?? '', args }, ...(index === 0 ? { thoughtSignature: 'ZW11bGF0b3I=' } : {}) }
}

function renderChunk(context: WireContext, parts: JsonRecord[], usage: AnswerUsage | undefined, last: boolean): JsonRecord {
  const { ask, answer, model, responseId } = context
  const candidates = Array.from({ length: ask.choices }, (_, index) => ({
    content: { ...(parts.length === 0 ? {} : { parts }), role: 'model' },
    ...(last ? { finishReason: finishReasons[answer.finish] } : {}),
    index,
  }))
  return { candidates, ...(usage === undefined ? {} : { usageMetadata: wireUsage(usage) }), modelVersion: model, responseId }
}

function wireUsage(usage: AnswerUsage): JsonRecord {
  const { inputTokens, outputTokens, cachedTokens, reasoningTokens } = usage
  return {
    promptTokenCount: inputTokens,
    candidatesTokenCount: outputTokens - reasoningTokens,
    totalTokenCount: inputTokens + outputTokens,
    ...(cachedTokens === 0
      ? {}
      : { cachedContentTokenCount: cachedTokens, cacheTokensDetails: [{ modality: 'TEXT', tokenCount: cachedTokens }] }),
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: inputTokens }],
    ...(reasoningTokens === 0 ? {} : { thoughtsTokenCount: reasoningTokens }),
  }
}

/** Every chunk tells the usage so far; only the last is the bill. */
function* renderChunks(context: WireContext): Generator<Frame> {
  const { answer, ask, usage } = context
  let thought = answer.reasoningTokens * ask.choices
  let served = thought
  const chunk = (parts: JsonRecord[], tokens: number, last: boolean, told: AnswerUsage | undefined) => {
    served += tokens
    const running =
      usage === undefined || last ? told : { ...usage, outputTokens: served, reasoningTokens: answer.reasoningTokens * ask.choices }
    const rendered = frame(sse(renderChunk(context, parts, running, last)), tokens + thought, tokens > 0)
    thought = 0
    return rendered
  }
  for (const piece of answer.pieces) yield chunk([{ text: piece.text }], piece.tokens * ask.choices, false, usage)
  for (const [index, call] of answer.toolCalls.entries())
    yield chunk([callPart(answer, index)], (1 + call.pieces.length) * ask.choices, false, usage)
  yield chunk(answer.toolCalls.length > 0 ? [] : [{ text: '' }], 0, true, usage)
}
