import type { Dialect, ParsedRequest } from '../dialects/index.ts'
import type { AttemptSink } from '../providers/index.ts'
import { admitWithinLimits } from './admit-within-limits.ts'
import type { Call, CallSink } from './call.ts'
import type { GatewayContext } from './gateway-context.ts'
import { checkFlags } from './handle-call.ts'
import { planCount } from './plan-call.ts'

/** A request that shall only be measured. */
export interface Count extends Pick<Call<Buffer>, 'client' | 'key' | 'callerGone'> {
  dialect: Dialect
  request: ParsedRequest
  sink: Pick<CallSink<Buffer>, 'limits'>
}

/** An answer in one piece comes as the outcome's tail. */
const noSink: AttemptSink<Buffer> = { begin: () => {}, write: () => true, drained: () => Promise.resolve() }

/**
 * The provider's own answer to how many tokens a request has; undefined where it cannot be asked. Beside the pipeline and without a hold
 * or a row, because nothing is spent: only providers that count for nothing are asked, on a path of theirs that generates nothing. So
 * "every route that spends money" goes through `handleCall` as before; flags, allowed models and limits of requests hold here too.
 */
export function countTokens(context: GatewayContext, count: Count): Promise<Buffer | undefined> {
  return context.callsUnderWay.track(ask(context, count))
}

async function ask(context: GatewayContext, { dialect, request, ...caller }: Count): Promise<Buffer | undefined> {
  checkFlags(context, caller)
  // It is one more request, and no tokens.
  const call = { ...caller, demand: { ...request, inputTokensBound: 0, maxOutputTokens: undefined } }
  const within = await admitWithinLimits(context, call)
  within.settle(0)
  const plan = await planCount(context, call)
  if (!plan) return undefined
  const { timeouts } = context.settings
  const options = { ...plan, maxOutputTokens: undefined, timeouts, signal: caller.callerGone }
  const { error, tail } = await context.upstream.countTokens(dialect, { ...request, stream: false }, options, noSink)
  if (error) throw error
  return Buffer.concat(tail)
}
