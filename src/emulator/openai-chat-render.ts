import type { Answer, ToolCall } from './answer.ts'
import type { JsonRecord } from './as-record.ts'
import { type ChatFlavour, openaiUsage } from './openai-usage.ts'
import { vercelMetadata } from './vercel-routing.ts'
import { type Frame, frame, type WireContext } from './wire-format.ts'

const finishReasons: Record<Answer['finish'], string> = { stop: 'stop', length: 'length', tools: 'tool_calls' }

/** The answer in one JSON body. */
export function renderChat(flavour: ChatFlavour, context: WireContext): string {
  const { ask, answer, usage, vercel } = context
  const choices = Array.from({ length: ask.choices }, (_, index) => ({
    index,
    message: {
      ...renderMessage(flavour, context),
      ...(vercel === undefined ? {} : { provider_metadata: vercelMetadata(vercel, usage) }),
    },
    logprobs: null,
    finish_reason: finishReasons[answer.finish],
  }))
  return JSON.stringify({
    ...identity(flavour, context, 'chat.completion'),
    choices,
    ...(usage === undefined ? {} : { usage: openaiUsage(flavour, usage, vercel) }),
    ...(flavour === 'groq' ? { x_groq: { id: context.requestId } } : {}),
    ...(vercel === undefined ? {} : { generationId: vercel.generationId }),
  })
}

function renderMessage(flavour: ChatFlavour, { answer, requestId }: WireContext): JsonRecord {
  const text = answer.pieces.map((piece) => piece.text).join('')
  const toolCalls = answer.toolCalls.map((call, index) => ({
    id: callId(requestId, index),
    type: 'function',
    function: { name: call.name, arguments: argumentsOf(call) },
  }))
  return {
    role: 'assistant',
    // An answer that is all tool calls has no text; Groq and Google leave the field out where OpenAI sends null.
    ...(toolCalls.length === 0 ? { content: text } : flavour === 'openai' || flavour === 'vercel' ? { content: null } : {}),
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
    ...(flavour === 'openai' ? { refusal: null, annotations: [] } : {}),
  }
}

function argumentsOf(call: ToolCall): string {
  return call.pieces.map((piece) => piece.text).join('')
}

function callId(requestId: string, index: number): string {
  return `call_${requestId.slice(-20)}${index}`
}

function identity(flavour: ChatFlavour, { responseId, createdSeconds, model }: WireContext, object: string): JsonRecord {
  return {
    id: responseId,
    object,
    created: createdSeconds,
    model,
    ...(flavour === 'openai' ? { service_tier: 'default' } : {}),
    ...(flavour === 'google' ? {} : { system_fingerprint: 'fp_emulator01' }),
  }
}

/** The answer as stream frames. What is the same in every frame is rendered once: a benchmark runs hundreds of these at a time. */
export function* renderChatFrames(flavour: ChatFlavour, context: WireContext): Generator<Frame> {
  const { ask, answer } = context
  const head = `data: ${JSON.stringify(identity(flavour, context, 'chat.completion.chunk')).slice(0, -1)},"choices":[`
  const nullUsage = flavour === 'openai' && ask.includeUsage ? ',"usage":null' : ''
  // Google tells the usage so far in every chunk when asked for usage at all.
  let served = answer.reasoningTokens * ask.choices
  const running = () => (flavour === 'google' && ask.includeUsage ? runningUsage(context, served) : nullUsage)
  const chunk = (index: number, delta: string, finish: string | null = null, extra = running()) =>
    `${head}{"index":${index},"delta":${delta},"logprobs":null,"finish_reason":${finish === null ? 'null' : `"${finish}"`}}]${extra}}\n\n`

  for (let index = 0; index < ask.choices; index++) {
    const extra = flavour === 'groq' ? `,"x_groq":{"id":"${context.requestId}"}` : nullUsage
    if (flavour !== 'google') yield frame(chunk(index, openingDelta(flavour, answer), null, extra), answer.reasoningTokens, false)
  }
  // Google sends nothing before the first content, so what was thought is charged with that.
  let thought = flavour === 'google' ? served : 0
  for (const { delta, tokens } of deltas(flavour, context)) {
    for (let index = 0; index < ask.choices; index++) {
      served += tokens
      yield frame(chunk(index, delta), tokens + thought)
      thought = 0
    }
  }
  for (let index = 0; index < ask.choices; index++)
    yield frame(finalChunk(flavour, context, index, chunk, nullUsage), index === 0 ? thought : 0, false)
  yield* usageFrames(flavour, context, head)
  yield frame('data: [DONE]\n\n')
}

function openingDelta(flavour: ChatFlavour, answer: Answer): string {
  if (flavour === 'vercel') return '{"role":"assistant"}'
  const content = answer.toolCalls.length === 0 ? '""' : 'null'
  return flavour === 'openai' ? `{"role":"assistant","content":${content},"refusal":null}` : `{"role":"assistant","content":${content}}`
}

function* deltas(flavour: ChatFlavour, { answer, requestId }: WireContext): Generator<{ delta: string; tokens: number }> {
  const role = flavour === 'google' ? ',"role":"assistant"' : ''
  for (const piece of answer.pieces) yield { delta: `{"content":${JSON.stringify(piece.text)}${role}}`, tokens: piece.tokens }
  for (const [index, call] of answer.toolCalls.entries()) {
    const opening = (text: string) =>
      `{"tool_calls":[{"index":${index},"id":"${callId(requestId, index)}","type":"function","function":{"name":${JSON.stringify(call.name)},"arguments":${JSON.stringify(text)}}}]${role}}`
    if (flavour === 'groq' || flavour === 'google') {
      // These two send a call in one piece.
      yield { delta: opening(argumentsOf(call)), tokens: 1 + call.pieces.length }
      continue
    }
    yield { delta: opening(''), tokens: 1 }
    for (const piece of call.pieces) {
      yield { delta: `{"tool_calls":[{"index":${index},"function":{"arguments":${JSON.stringify(piece.text)}}}]}`, tokens: piece.tokens }
    }
  }
}

type RenderChunk = (index: number, delta: string, finish?: string | null, extra?: string) => string

function finalChunk(flavour: ChatFlavour, context: WireContext, index: number, chunk: RenderChunk, nullUsage: string): string {
  const { ask, answer, usage, vercel, requestId } = context
  const finish = finishReasons[answer.finish]
  const isLast = index === ask.choices - 1
  const wireUsage = usage === undefined ? '' : JSON.stringify(openaiUsage(flavour, usage, vercel))
  switch (flavour) {
    case 'openai':
      return chunk(index, '{}', finish, nullUsage)
    case 'groq': {
      const inside = isLast && wireUsage !== '' ? `,"usage":${wireUsage}` : ''
      return chunk(index, '{}', finish, `,"x_groq":{"id":"${requestId}"${inside}}`)
    }
    case 'google':
      return chunk(index, '{"role":"assistant"}', finish, ask.includeUsage && wireUsage !== '' ? `,"usage":${wireUsage}` : '')
    case 'vercel': {
      // The gateway puts metadata and usage on the chunk that finishes, and sends no usage chunk after it.
      const metadata = vercel === undefined ? '{}' : `{"provider_metadata":${JSON.stringify(vercelMetadata(vercel, usage))}}`
      const generation = vercel === undefined ? '' : `,"generationId":"${vercel.generationId}"`
      const said = ask.includeUsage && isLast && wireUsage !== '' ? `,"usage":${wireUsage}` : ''
      return chunk(index, metadata, finish, `${said}${generation}`)
    }
  }
}

function* usageFrames(flavour: ChatFlavour, { ask, usage, vercel, requestId }: WireContext, head: string): Generator<Frame> {
  if (!ask.includeUsage || usage === undefined || flavour === 'vercel' || flavour === 'google') return
  const said = JSON.stringify(openaiUsage(flavour, usage, vercel))
  const groq = flavour === 'groq' ? `,"x_groq":{"id":"${requestId}","usage":${said}}` : ''
  yield frame(`${head}],"usage":${said}${groq}}\n\n`)
}

function runningUsage({ usage, vercel }: WireContext, served: number): string {
  return usage === undefined ? '' : `,"usage":${JSON.stringify(openaiUsage('google', { ...usage, outputTokens: served }, vercel))}`
}
