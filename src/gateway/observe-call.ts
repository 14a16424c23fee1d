import type { Call, CallEnd } from './call.ts'
import type { GatewayContext } from './gateway-context.ts'
import { apiTypeOf } from './resolve-model.ts'

/** A model's name as a caller wrote it can be of any length. */
const longestName = 100

/** Runs the call and tells the telemetry how it ended: the pipeline's one exit, for whatever becomes of it. */
export async function observeCall<Out>(
  context: GatewayContext,
  call: Call<Out>,
  run: (context: GatewayContext, call: Call<Out>) => Promise<CallEnd>,
): Promise<CallEnd> {
  const { telemetry } = context
  const { callId, client, source, demand, traceparent } = call
  const trail = telemetry.begin({
    callId,
    client,
    source,
    operation: apiTypeOf(demand),
    requestedModel: demand.model?.slice(0, longestName),
    maxOutputTokens: demand.maxOutputTokens,
    isStream: demand.stream === true,
    traceparent,
  })
  call.trail = trail
  let end: CallEnd | undefined
  let thrown: unknown
  try {
    end = await run(context, call)
    return end
  } catch (error) {
    thrown = error
    throw error
  } finally {
    telemetry.end(trail, end && { cache: end.answer.cache, finishReason: end.answer.finishReason }, thrown, call.callerGone.aborted)
  }
}
