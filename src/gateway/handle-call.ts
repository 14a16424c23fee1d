import type { Admission } from '../ledger/index.ts'
import type { WithinLimits } from '../limits/index.ts'
import { LedgerUnavailableError, PermissionError, RateLimitedError } from '../shared/errors.ts'
import { admitWithinLimits } from './admit-within-limits.ts'
import { giveBack, throughCache } from './cached-call.ts'
import type { Call, CallEnd } from './call.ts'
import type { GatewayContext } from './gateway-context.ts'
import { moderateCall } from './moderate-call.ts'
import { observeCall } from './observe-call.ts'
import { type CallPlan, factsOf, planCall } from './plan-call.ts'
import { presumeCall } from './presume-call.ts'
import { runAttempts } from './run-attempts.ts'
import { answerOf, settleCall } from './settle-call.ts'
import { withinCaps } from './within-caps.ts'

/** What the ledger allows a call: an admission, or, while it cannot be asked, the call's own wish. */
type Grant = { admission: Admission | undefined; outputTokens: number; isHard: boolean }

/**
 * The only pipeline: every call that can spend money goes through it, by whatever door it came.
 *
 * Throws GatewayError for a call that was refused before any provider was asked, and `callerGone.reason` when nobody waits for it any
 * more by then. What fails after that is in `CallEnd.error`, beside what is known of the answer.
 */
export function handleCall<Out>(context: GatewayContext, call: Call<Out>): Promise<CallEnd> {
  return context.callsUnderWay.track(observeCall(context, call, throughPipeline))
}

async function throughPipeline<Out>(context: GatewayContext, call: Call<Out>): Promise<CallEnd> {
  const startedMs = context.clock.nowMs()
  checkFlags(context, call)
  // Before the first wait: so that of calls that arrive together, each counts those before it.
  context.ledger.ensureRoom(context.callsUnderWay.size)
  refuseCrowd(context, call)
  context.log.info('[AI Gateway] Routing request through AI Gateway', { call_id: call.callId, client_id: call.client.id })
  const within = await admitWithinLimits(context, call)
  call.trail?.passed('limits')
  const plan = await planCall(context, call).catch(giveBack(within))
  call.trail?.passed('plan')
  if (call.userTexts) {
    await moderateCall(context, call, (check) => handleCall(context, check)).catch((refusal) => {
      // A model was asked for it all the same, so it counts as a request.
      within.settle(0)
      throw refusal
    })
  }
  call.trail?.passed('moderation')
  return await throughCache(
    context,
    call,
    plan,
    within,
    startedMs,
    (asked) => makeCall(context, asked, plan, within, startedMs),
    (other, ...how) => observeCall(context, other, () => makeCall(context, other, ...how)),
  )
}

async function makeCall<Out>(
  context: GatewayContext,
  call: Call<Out>,
  plan: CallPlan,
  within: WithinLimits,
  startedMs: number,
): Promise<CallEnd> {
  call.trail?.passed('cache')
  const { result, answer } = await withinCaps(context, call, plan, within, async () => {
    call.trail?.passed('places')
    const grant = await holdMoney(context, call, plan, startedMs).catch(giveBack(within))
    call.trail?.passed('reserve')
    const result = await runAttempts(context, call, plan, grant, (target, fallbackReason, contentType) =>
      call.sink.begin({ ...answerOf(call, { target }, fallbackReason), contentType }),
    )
    call.trail?.passed('provider')
    const answer = await settleCall(context, call, plan, grant.admission, result, startedMs)
    call.trail?.passed('settle')
    within.settle(answer.usage?.totalTokens ?? 0)
    return { result, answer }
  })
  if (!result.error) call.sink.finish(result.last.outcome.tail, answer)
  return { answer, error: result.error, hasBegun: result.hasBegun }
}

/** Holds what the call may cost: from here on it has a row. */
async function holdMoney<Out>(context: GatewayContext, call: Call<Out>, plan: CallPlan, startedMs: number): Promise<Grant> {
  const grant = await reserve(context, call, plan, startedMs)
  if (call.callerGone.aborted) {
    await context.ledger.release(call.callId)
    throw call.callerGone.reason
  }
  if (call.claim?.isLost()) {
    await context.ledger.release(call.callId)
    throw new LedgerUnavailableError('The Idempotency-Key could not be held: the database was away. Try again shortly.', {
      retryAfterMs: 1_000,
    })
  }
  return grant
}

/** Each call takes memory: beyond a number of them everybody would fare worse. What is asked on behalf of a call that is in is let in. */
function refuseCrowd({ settings, callsUnderWay }: GatewayContext, { source }: Pick<Call<unknown>, 'source'>): void {
  if (callsUnderWay.size < settings.maxCalls || source === 'guardrail') return
  const message = `The gateway has as many calls under way as it takes (CATRACA_MAX_CALLS, ${settings.maxCalls}).`
  throw new RateLimitedError('gateway_busy', message, { retryAfterMs: 1_000 })
}

/** Throws PermissionError `gateway_disabled` where one of the flags says so. */
export function checkFlags(context: GatewayContext, { client }: Pick<Call<unknown>, 'client'>): void {
  if (!context.settings.isEnabled) {
    throw new PermissionError(
      'gateway_disabled',
      'The gateway is switched off: set ENABLE_AI_GATEWAY=true in .env.local and start it again.',
    )
  }
  if (!client.usesGateway) {
    throw new PermissionError(
      'gateway_disabled',
      `The gateway is not enabled for the client ${client.slug}: \`catraca client enable ${client.slug}\`.`,
    )
  }
  if (!client.isActive) throw new PermissionError('gateway_disabled', `The client ${client.slug} is suspended.`)
}

/**
 * A client with a hard budget is never served unchecked, nor is a call with an Idempotency-Key: its admission is what tells, after a crash,
 * that it must not be made again. Others go on while the ledger is away, their usage kept for later.
 */
async function reserve<Out>(context: GatewayContext, call: Call<Out>, plan: CallPlan, startedMs: number): Promise<Grant> {
  const { settings, ledger } = context
  const [target] = plan.targets
  try {
    const admission = await ledger.reserve({
      callId: call.callId,
      clientId: call.client.id,
      bounds: plan.bounds,
      outputTokens: plan.outputTokens,
      minOutputTokens: plan.minOutputTokens,
      ttlMs: plan.timeouts.totalMs + settings.holdMarginMs,
      patienceMs: settings.budgetWaitMs,
      facts: factsOf(call, plan, target),
    })
    return { admission, outputTokens: admission.outputTokens, isHard: admission.isHard }
  } catch (error) {
    if (!(error instanceof LedgerUnavailableError) || call.client.hasHardBudget || call.claim) throw error
    context.log.warn(`[AI Gateway] the ledger cannot be reached; ${call.client.slug} has no hard budget and goes on`)
    await ledger.goOn(presumeCall(call, plan, target, startedMs))
    return { admission: undefined, outputTokens: plan.outputTokens, isHard: false }
  }
}
