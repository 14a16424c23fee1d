import type { AnswerUsage } from './answer.ts'
import type { JsonRecord } from './as-record.ts'
import { type VercelRouting, vercelUsageExtras } from './vercel-routing.ts'

/** Who speaks the chat-completions dialect, each with an accent of its own. */
export type ChatFlavour = 'openai' | 'groq' | 'vercel' | 'google'

export function openaiUsage(flavour: ChatFlavour, usage: AnswerUsage, vercel: VercelRouting | undefined): JsonRecord {
  const { inputTokens, outputTokens, cachedTokens, reasoningTokens } = usage
  const totals = { prompt_tokens: inputTokens, completion_tokens: outputTokens, total_tokens: inputTokens + outputTokens }
  switch (flavour) {
    case 'openai':
      return {
        ...totals,
        prompt_tokens_details: { cached_tokens: cachedTokens, audio_tokens: 0 },
        completion_tokens_details: {
          reasoning_tokens: reasoningTokens,
          audio_tokens: 0,
          accepted_prediction_tokens: 0,
          rejected_prediction_tokens: 0,
        },
      }
    case 'groq':
      return {
        queue_time: 0.018,
        prompt_tokens: inputTokens,
        prompt_time: 0.002,
        completion_tokens: outputTokens,
        completion_time: 0.05,
        total_tokens: inputTokens + outputTokens,
        total_time: 0.052,
        ...(cachedTokens === 0 ? {} : { prompt_tokens_details: { cached_tokens: cachedTokens } }),
        ...(reasoningTokens === 0 ? {} : { completion_tokens_details: { reasoning_tokens: reasoningTokens } }),
      }
    case 'google':
      // Google's compatible endpoint leaves thinking out of completion_tokens and counts it in the total only.
      return { ...totals, completion_tokens: outputTokens - reasoningTokens }
    case 'vercel':
      return {
        ...totals,
        prompt_tokens_details: { cached_tokens: cachedTokens, audio_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: reasoningTokens, image_tokens: 0 },
        ...(vercel === undefined ? {} : vercelUsageExtras(vercel, usage)),
      }
  }
}
