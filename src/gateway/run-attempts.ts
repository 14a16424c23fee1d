import type { Admission } from '../ledger/index.ts'
import type { Model } from '../pricing/index.ts'
import type { AttemptOutcome, AttemptSink, Target } from '../providers/index.ts'
import { explainFallback } from '../routing/index.ts'
import { type GatewayError, InvariantError } from '../shared/errors.ts'
import { type AttemptAccount, accountAttempt, type HeldTokens } from './account-attempt.ts'
import type { Call } from './call.ts'
import type { GatewayContext } from './gateway-context.ts'
import type { CallPlan } from './plan-call.ts'

export interface MadeAttempt<Out> {
  target: Target
  outcome: AttemptOutcome<Out>
  account: AttemptAccount
}

export interface AttemptsResult<Out> {
  made: MadeAttempt<Out>[]
  /** Of the attempt that answered, or that ended the call. */
  last: MadeAttempt<Out>
  error: GatewayError | undefined
  fallbackReason: string | undefined
  hasBegun: boolean
}

/**
 * Tries the plan's targets in order. The next one is tried only if the error allows it, no content has gone to the caller, the caller
 * is still there, and the hold still covers another try.
 */
export async function runAttempts<Out>(
  context: GatewayContext,
  call: Call<Out>,
  plan: CallPlan,
  admission: Pick<Admission, 'outputTokens' | 'isHard'>,
  onBegin: (target: Target, fallbackReason: string | undefined) => void,
): Promise<AttemptsResult<Out>> {
  const made: MadeAttempt<Out>[] = []
  let fallbackReason = plan.skipped
  let hasBegun = false
  let held: HeldTokens = {
    inputTokens: call.demand.inputTokensBound,
    outputTokens: admission.outputTokens * call.demand.choices,
  }
  const { timeouts, drainTimeoutMs } = context.settings
  const deadlineMs = context.clock.nowMs() + timeouts.totalMs
  const abort = abortAfterDrain(call.callerGone, drainTimeoutMs)
  try {
    for (const target of plan.targets) {
      const model = plan.models.get(target.identifier)
      if (!model) throw new InvariantError('internal', `The plan has no model for ${target.identifier}.`)
      const reason = fallbackReason
      const sink = forward(call, () => {
        hasBegun = true
        onBegin(target, reason)
      })
      const outcome = await call.attempt(
        {
          target,
          credentials: plan.credentials,
          maxOutputTokens: outputLimit(call, plan, model, admission.isHard ? held : undefined),
          // One deadline for the whole call: its hold expires by it, whatever is still being tried.
          timeouts: { ...timeouts, totalMs: Math.max(1, deadlineMs - context.clock.nowMs()) },
          signal: abort.signal,
        },
        sink,
      )
      const account = accountAttempt(outcome, model, held)
      made.push({ target, outcome, account })
      if (!outcome.error?.fallback || hasBegun || call.callerGone.aborted) break
      if (target !== plan.targets.at(-1)) {
        const next = admission.isHard ? await holdForNext(context, call, plan, held, account) : held
        if (!next) break
        held = next
        fallbackReason = explainFallback({ target, error: outcome.error, httpStatus: outcome.httpStatus })
      }
    }
  } finally {
    abort.clear()
  }
  const last = made.at(-1)
  if (!last) throw new InvariantError('internal', 'The plan has no target.')
  return { made, last, error: last.outcome.error, fallbackReason, hasBegun }
}

/**
 * The limit that the provider is told: what the hold covers, where a hard budget counts on it; else the caller's own, as it is. A fallback
 * is not asked for more than it can, because it was not the caller who chose that model.
 */
function outputLimit<Out>({ demand }: Call<Out>, plan: CallPlan, model: Model, held: HeldTokens | undefined): number | undefined {
  const most = model.gatewayIdentifier === plan.requested ? undefined : model.maxOutputTokens
  if (held) return Math.min(Math.max(1, Math.floor(held.outputTokens / demand.choices)), most ?? Number.POSITIVE_INFINITY)
  return most !== undefined && (demand.maxOutputTokens ?? 0) > most ? most : undefined
}

/**
 * What covers another attempt on a hard budget. What the failed one may have been billed is gone from the hold, so as much is held again;
 * where the budget has no more, the rest of the hold will do if it is of use. Undefined: nothing covers it.
 */
async function holdForNext<Out>(
  context: GatewayContext,
  call: Call<Out>,
  plan: CallPlan,
  held: HeldTokens,
  { usage }: AttemptAccount,
): Promise<HeldTokens | undefined> {
  if (usage.totalTokens === 0) return held
  const { callId, demand } = call
  const { bounds, outputTokens, minOutputTokens } = plan
  const more = await context.ledger.reserveMore({ callId, bounds, outputTokens, minOutputTokens })
  if (more !== undefined) return { ...held, outputTokens: more * demand.choices }
  const left = { ...held, outputTokens: held.outputTokens - usage.totalTokens }
  return left.outputTokens < minOutputTokens * demand.choices ? undefined : left
}

/** The caller's sink as an attempt sees it: nothing goes to a caller who has left, and nothing is waited for on their behalf. */
function forward<Out>(call: Call<Out>, onBegin: () => void): AttemptSink<Out> {
  return {
    begin: onBegin,
    write: (out) => call.callerGone.aborted || call.sink.write(out),
    drained: () => (call.callerGone.aborted ? Promise.resolve() : call.sink.drained()),
  }
}

/** When the caller goes, the answer is read on for a while, because its end tells the real usage; then the upstream is let go. */
function abortAfterDrain(callerGone: AbortSignal, drainTimeoutMs: number): { signal: AbortSignal; clear(): void } {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const onGone = () => {
    timer = setTimeout(() => controller.abort(), drainTimeoutMs)
  }
  if (callerGone.aborted) onGone()
  else callerGone.addEventListener('abort', onGone, { once: true })
  return {
    signal: controller.signal,
    clear() {
      clearTimeout(timer)
      callerGone.removeEventListener('abort', onGone)
    },
  }
}
