import type { ServedCall } from './served-log.ts'
import { marketUsd } from './vercel-routing.ts'

/** `GET /v1/generation`: what a call through the Vercel AI Gateway came to, and whose credentials paid. */
export function renderGeneration(call: ServedCall): unknown {
  const market = marketUsd({ inputTokens: call.inputTokens, outputTokens: call.outputTokensServed })
  const isByok = call.byok === true
  return {
    data: {
      id: call.responseId,
      total_cost: isByok ? 0 : market,
      market_cost: market,
      surcharge_cost: 0,
      gateway_cost: isByok ? 0 : market,
      upstream_inference_cost: isByok ? market : 0,
      usage: isByok ? 0 : market,
      created_at: new Date(call.startedAt).toISOString(),
      model: call.model,
      is_byok: isByok,
      provider_name: call.model.split('/')[0],
      streamed: call.streamed,
      finish_reason: 'stop',
      latency: 5,
      generation_time: (call.endedAt ?? Date.now()) - call.startedAt,
      native_tokens_prompt: call.inputTokens,
      native_tokens_completion: call.outputTokensServed,
      native_tokens_reasoning: call.reasoningTokens,
      native_tokens_cached: call.cachedTokens,
      native_tokens_cache_creation: call.cacheWriteTokens,
      billable_web_search_calls: 0,
    },
  }
}
