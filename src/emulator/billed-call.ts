import { servedName, serverOf } from './models.ts'
import type { ServedCall } from './served-log.ts'

export type ReportingProvider = 'openai' | 'anthropic'
export type BilledKind = 'completions' | 'embeddings' | 'images' | 'audio_speeches' | 'audio_transcriptions'

/** A served call as the provider's own reports count it. Tokens by how they are priced; each kind is beside the others. */
export interface BilledCall {
  kind: BilledKind
  /** Dated, as the reports name it. */
  model: string
  at: number
  uncachedTokens: number
  cachedTokens: number
  cacheWriteTokens: number
  cacheWriteOneHourTokens: number
  outputTokens: number
  audioSeconds: number
  characters: number
  images: number
}

/** What a model's reports are multiplied by, for tests of who compares: `{ "gpt-4o-mini": 1.02 }`. */
export type ReportSkew = Readonly<Record<string, number>>

/** The calls that this provider bills: its own, and those that came through the Vercel AI Gateway with its customer's key. */
export function billedCalls(calls: readonly ServedCall[], provider: ReportingProvider, skew: ReportSkew): BilledCall[] {
  return calls.flatMap((call) => {
    const model = call.status === 200 && !call.path.endsWith('/count_tokens') ? modelAt(provider, call) : undefined
    return model === undefined ? [] : [toBilled(call, model, skew[model] ?? skew[undated(model)] ?? 1)]
  })
}

function modelAt(provider: ReportingProvider, call: ServedCall): string | undefined {
  if (call.provider === provider) return call.servedModel
  if (call.provider !== 'vercel' || call.byok !== true || serverOf(call.model) !== provider) return undefined
  // Vercel writes versions with a dot where Anthropic has a dash: `anthropic/claude-haiku-4.5`.
  const bare = call.model.slice(call.model.indexOf('/') + 1)
  return servedName(provider === 'anthropic' ? bare.replaceAll('.', '-') : bare)
}

function undated(model: string): string {
  return model.replace(/-(?:\d{8}|\d{4}-\d{2}-\d{2})$/, '')
}

function toBilled(call: ServedCall, model: string, factor: number): BilledCall {
  // Not rounded here: 2 % of a call of ten tokens is something only in the sum of many.
  const times = (count: number) => count * factor
  const input = times(call.inputTokens)
  const cachedTokens = times(call.cachedTokens)
  const cacheWriteTokens = times(call.cacheWriteTokens - call.cacheWriteOneHourTokens)
  const cacheWriteOneHourTokens = times(call.cacheWriteOneHourTokens)
  return {
    kind: kindOf(call.path),
    model,
    at: call.startedAt,
    uncachedTokens: input - cachedTokens - cacheWriteTokens - cacheWriteOneHourTokens,
    cachedTokens,
    cacheWriteTokens,
    cacheWriteOneHourTokens,
    outputTokens: times(call.outputTokensServed),
    audioSeconds: times(call.audioSeconds ?? 0),
    characters: times(call.characters ?? 0),
    images: times(call.images ?? 0),
  }
}

function kindOf(path: string): BilledKind {
  if (path.includes('/embed')) return 'embeddings'
  if (path.endsWith('/speech')) return 'audio_speeches'
  if (/\/(?:transcriptions|translations)$/.test(path)) return 'audio_transcriptions'
  return path.includes('/images/') ? 'images' : 'completions'
}
