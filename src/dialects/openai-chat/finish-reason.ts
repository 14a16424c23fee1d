import type { LanguageModelV4FinishReason } from '@ai-sdk/provider'

export type WireFinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter'

/** OpenAI's word for how an answer ended; what it has no word for ended, and that is `stop`. */
export function toWireFinishReason(unified: LanguageModelV4FinishReason['unified'] | undefined): WireFinishReason {
  switch (unified) {
    case 'length':
      return 'length'
    case 'tool-calls':
      return 'tool_calls'
    case 'content-filter':
      return 'content_filter'
    default:
      return 'stop'
  }
}
