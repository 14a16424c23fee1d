import type { ScopeLimits, WithinLimits } from '../limits/index.ts'
import type { Call, CallSink } from './call.ts'
import type { GatewayContext } from './gateway-context.ts'

/** A token is at least about this many bytes: the guess that OpenAI's own limits make of a prompt. */
const bytesPerToken = 4

/** Counts the call against the limits of its key, its client and all together, and tells the caller where they stand. */
export async function admitWithinLimits(
  context: GatewayContext,
  call: Pick<Call<unknown>, 'client' | 'key' | 'demand'> &
    Partial<Pick<Call<unknown>, 'source'>> & { sink: Pick<CallSink<unknown>, 'limits'> },
): Promise<WithinLimits> {
  const { client, key, demand } = call
  // It is asked on behalf of a call that is counted already.
  if (call.source === 'guardrail') return await context.limiter.admit([], 0)
  const shared = await context.sharedConfig.get()
  const scopes: ScopeLimits[] = [
    { scope: 'client', id: client.id, requestsPerMinute: client.requestsPerMinute, tokensPerMinute: client.tokensPerMinute },
    { scope: 'shared', id: undefined, requestsPerMinute: shared.maxRequestsPerMinute, tokensPerMinute: shared.maxTokensPerMinute },
  ]
  if (key) scopes.unshift({ scope: 'key', id: key.id, requestsPerMinute: key.requestsPerMinute, tokensPerMinute: key.tokensPerMinute })
  // What is billed by the minute, the character or the piece has tokens only where its answer tells some.
  const isByTokens = demand.kind === undefined || demand.kind.apiType === 'embeddings'
  const prompt = Math.ceil(demand.inputTokensBound / bytesPerToken)
  const within = await context.limiter.admit(scopes, isByTokens ? Math.max(prompt, (demand.maxOutputTokens ?? 0) * demand.choices) : 0)
  call.sink.limits(within.state)
  return within
}
