import type { LanguageModelV4FinishReason } from '@ai-sdk/provider'

export type WireStopReason = 'end_turn' | 'max_tokens' | 'tool_use' | 'refusal'

/** Anthropic's word for how an answer ended. `calls` are the caller's tools in it: programs go on only where they are told of them. */
export function toWireStopReason(unified: LanguageModelV4FinishReason['unified'] | undefined, calls: number): WireStopReason {
  switch (unified) {
    case 'length':
      return 'max_tokens'
    case 'content-filter':
      return 'refusal'
    default:
      return calls > 0 ? 'tool_use' : 'end_turn'
  }
}
