import { calcPrice } from '@pydantic/genai-prices'
import type { BilledCall, ReportingProvider } from './billed-call.ts'

export interface CallPrices {
  input: number
  cached: number
  cacheWrite: number
  cacheWriteOneHour: number
  output: number
}

/** In dollars, by the public price list; nothing for what is not billed by tokens or has no price there. */
export function priceCall(provider: ReportingProvider, call: BilledCall): CallPrices {
  const usd = (usage: Parameters<typeof calcPrice>[0]): number =>
    calcPrice(usage, call.model, { providerId: provider, timestamp: new Date(call.at) })?.total_price ?? 0
  // A part is priced as a prompt that is nothing else, for the library counts parts within their wholes.
  const part = (tokens: number, ...names: readonly string[]): number =>
    tokens === 0 ? 0 : usd(Object.fromEntries(['input_tokens', ...names].map((name) => [name, tokens])))
  return {
    input: usd({ input_tokens: call.uncachedTokens }),
    cached: part(call.cachedTokens, 'cache_read_tokens'),
    cacheWrite: part(call.cacheWriteTokens, 'cache_write_tokens'),
    cacheWriteOneHour: part(call.cacheWriteOneHourTokens, 'cache_write_tokens', 'cache_write_1h_tokens'),
    output: usd({ output_tokens: call.outputTokens }),
  }
}
