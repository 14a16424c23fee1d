import type { LanguageModelV4Usage } from '@ai-sdk/provider'
import type { TokenUsage } from '../usage/index.ts'

/**
 * The AI SDK's usage as ours. Its totals already hold what is cached, written to the cache and reasoned, for every provider (its
 * Anthropic adapter adds them up; checked in a test). Undefined where the provider told no total, because half a count settled as
 * the truth would be too little.
 */
export function toTokenUsage(usage: LanguageModelV4Usage): TokenUsage | undefined {
  const { inputTokens: input, outputTokens: output } = usage
  const inputTokens = input.total ?? sum(input.noCache, input.cacheRead, input.cacheWrite)
  const outputTokens = output.total ?? sum(output.text, output.reasoning)
  if (inputTokens === undefined || outputTokens === undefined) return undefined
  const oneHour = oneHourTokens(usage.raw)
  return {
    inputTokens,
    cachedTokens: input.cacheRead ?? 0,
    cacheWriteTokens: input.cacheWrite ?? 0,
    ...(oneHour === undefined ? {} : { cacheWriteOneHourTokens: oneHour }),
    outputTokens,
    reasoningTokens: output.reasoning ?? 0,
    totalTokens: inputTokens + outputTokens,
  }
}

function sum(first: number | undefined, ...others: (number | undefined)[]): number | undefined {
  return first === undefined ? undefined : others.reduce<number>((total, part) => total + (part ?? 0), first)
}

// The AI SDK's shape has no place for how long a cache entry is kept, and an hour costs more than five minutes.
function oneHourTokens(raw: LanguageModelV4Usage['raw']): number | undefined {
  const creation = raw?.cache_creation
  if (typeof creation !== 'object' || creation === null || !('ephemeral_1h_input_tokens' in creation)) return undefined
  const tokens = creation.ephemeral_1h_input_tokens
  return typeof tokens === 'number' && tokens > 0 ? tokens : undefined
}
