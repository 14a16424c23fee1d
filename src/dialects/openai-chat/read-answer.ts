import { isRecord } from '../../shared/is-record.ts'
import type { AnswerReport } from '../dialect.ts'
import { fromWireUsage, type UsageHints } from './wire-usage.ts'

export interface AnswerFacts {
  /** Is there anything in it that a person or a program waits for? */
  hasContent: boolean
  choices: number
  /** How many choices it brings to their end. */
  finished: number
  hasUsage: boolean
}

/** Notes what a whole answer or one chunk of a stream says, and tells what kind of piece it was. The newest usage stands. */
export function readAnswer(body: Record<string, unknown>, report: AnswerReport): AnswerFacts {
  const facts: AnswerFacts = { hasContent: false, choices: 0, finished: 0, hasUsage: false }
  const hints: UsageHints = {}
  if (report.model === undefined && typeof body.model === 'string' && body.model !== '') report.model = body.model
  readMetadata(body, report, hints)
  if (Array.isArray(body.choices)) {
    for (const choice of body.choices) if (isRecord(choice)) readChoice(choice, report, facts, hints)
  }
  const groq = isRecord(body.x_groq) ? body.x_groq.usage : undefined
  const usage = fromWireUsage(body.usage, hints) ?? fromWireUsage(groq, hints)
  if (usage !== undefined) {
    report.usage = usage
    facts.hasUsage = true
  }
  return facts
}

function readChoice(choice: Record<string, unknown>, report: AnswerReport, facts: AnswerFacts, hints: UsageHints): void {
  facts.choices += 1
  // Some compatible servers say "" until there is one.
  if (typeof choice.finish_reason === 'string' && choice.finish_reason !== '') {
    report.finishReason = choice.finish_reason
    facts.finished += 1
    facts.hasContent = true
  }
  const piece = choice.delta ?? choice.message
  if (!isRecord(piece)) return
  readMetadata(piece, report, hints)
  const bytes = generatedBytes(piece)
  if (bytes > 0) {
    report.outputBytes += bytes
    report.outputPieces += 1
  }
  if (bytes > 0 || isFilled(piece.tool_calls) || isFilled(piece.images) || isRecord(piece.audio)) facts.hasContent = true
}

function isFilled(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0
}

// What the model wrote: not ids, roles or metadata. Pictures and sound are not counted by bytes; their usage is always reported.
function generatedBytes(piece: Record<string, unknown>): number {
  let bytes = textBytes(piece.content) + textBytes(piece.refusal)
  // Some providers send the same reasoning under two names.
  bytes += textBytes(piece.reasoning_content ?? piece.reasoning)
  if (isRecord(piece.audio)) bytes += textBytes(piece.audio.transcript)
  bytes += calledBytes(piece.function_call)
  if (!Array.isArray(piece.tool_calls)) return bytes
  for (const call of piece.tool_calls) if (isRecord(call)) bytes += calledBytes(call.function) + calledBytes(call.custom)
  return bytes
}

function calledBytes(called: unknown): number {
  return isRecord(called) ? textBytes(called.name) + textBytes(called.arguments ?? called.input) : 0
}

function textBytes(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value)
  if (!Array.isArray(value)) return 0
  let bytes = 0
  for (const part of value) if (isRecord(part)) bytes += textBytes(part.text)
  return bytes
}

// The Vercel AI Gateway adds what the provider behind it said: its own account of the tokens, and who paid.
export function readMetadata(holder: Record<string, unknown>, report: AnswerReport, hints: UsageHints): void {
  const metadata = holder.provider_metadata ?? holder.providerMetadata
  if (!isRecord(metadata)) return
  if (isRecord(metadata.gateway)) report.gatewayMetadata = metadata.gateway
  for (const own of Object.values(metadata)) {
    if (!isRecord(own)) continue
    const counted = isRecord(own.usageMetadata) ? own.usageMetadata.totalTokenCount : undefined
    if (typeof counted === 'number') hints.totalTokens = counted
    const creation = isRecord(own.usage) ? own.usage.cache_creation : undefined
    const oneHour = isRecord(creation) ? creation.ephemeral_1h_input_tokens : undefined
    if (typeof oneHour === 'number' && oneHour > 0) hints.cacheWriteOneHourTokens = oneHour
  }
}
