import type { Admission } from '../ledger/index.ts'
import type { Model } from '../pricing/index.ts'
import type { AttemptOutcome, AttemptSink, Target } from '../providers/index.ts'
import { explainFallback, explainHedge, explainPassedOver, type Trial } from '../routing/index.ts'
import type { TimedClock, Timer } from '../shared/clock.ts'
import { type GatewayError, InvariantError } from '../shared/errors.ts'
import { type AttemptAccount, accountAttempt, type HeldTokens } from './account-attempt.ts'
import type { Call } from './call.ts'
import type { GatewayContext } from './gateway-context.ts'
import { type CallPlan, modelOf } from './plan-call.ts'
import { type Lane, onlyLane, runHedged } from './run-hedged.ts'

export interface MadeAttempt<Out> {
  target: Target
  outcome: AttemptOutcome<Out>
  account: AttemptAccount
  /** Why it was not the target that was asked for. */
  reason: string | undefined
  /** Another attempt began to answer first, and this one was let go. */
  wasOvertaken: boolean
}

export interface AttemptsResult<Out> {
  made: MadeAttempt<Out>[]
  /** Of the attempt that answered, or that ended the call. */
  last: MadeAttempt<Out>
  error: GatewayError | undefined
  fallbackReason: string | undefined
  hasBegun: boolean
}

/** What all attempts of a call have in common. */
interface Course {
  isHard: boolean
  /** The first word of this call's answer is here: what was to be done then. */
  onBegin(target: Target, fallbackReason: string | undefined, contentType: string | undefined): void
  /** One deadline for the whole call: its hold expires by it, whatever is still being tried. */
  deadlineMs: number
  signal: AbortSignal
}

/** One attempt to make. */
interface Step {
  trial: Trial
  held: HeldTokens
  /** Why it is not the target that was asked for, as far as is known by then. */
  reason: () => string | undefined
  /** What is left after it. */
  untried: Target[]
  retries: number
}

/**
 * Tries the plan's targets in order, those that fail at the moment last. The next one is tried only if the error allows it, no content
 * has gone to the caller, the caller is still there, and the hold still covers another try; the last one, where it refused for want of
 * capacity, perhaps once more. A plan that hedges has the first two tried at once where the first is slow to speak.
 */
export async function runAttempts<Out>(
  context: GatewayContext,
  call: Call<Out>,
  plan: CallPlan,
  grant: Pick<Admission, 'outputTokens' | 'isHard'> & { admission: Admission | undefined },
  onBegin: (target: Target, fallbackReason: string | undefined, contentType: string | undefined) => void,
): Promise<AttemptsResult<Out>> {
  const made: MadeAttempt<Out>[] = []
  let hasBegun = false
  const abort = abortAfterDrain(call.callerGone, context.settings.drainTimeoutMs, context.clock)
  const course: Course = {
    isHard: grant.isHard,
    deadlineMs: context.clock.nowMs() + plan.timeouts.totalMs,
    signal: abort.signal,
    onBegin(target, reason, contentType) {
      hasBegun = true
      onBegin(target, reason, contentType)
    },
  }
  context.retries.earn()
  try {
    let step: Step | undefined = firstStep(context, call, plan, grant.outputTokens)
    // Without an admission there is no hold that could cover a second attempt.
    let hedgeAfterMs = grant.admission && plan.hedgeAfterMs
    while (step) {
      const attempts: MadeAttempt<Out>[] = await makeAttempts(context, call, plan, course, step, hedgeAfterMs)
      hedgeAfterMs = undefined
      made.push(...attempts)
      const isOver = made.at(-1)?.outcome.error === undefined || hasBegun || call.callerGone.aborted
      step = isOver ? undefined : await nextStep(context, call, plan, course, step, made, cheapestOf(attempts))
    }
  } finally {
    abort.clear()
  }
  const asked = made.findLast(({ outcome }) => wasAsked(outcome))
  const last = asked ?? made[0]
  if (!last) throw new InvariantError('internal', 'The plan has no target.')
  return { made, last, error: last.outcome.error, fallbackReason: asked ? asked.reason : plan.skipped, hasBegun }
}

function cheapestOf<Out>(attempts: readonly MadeAttempt<Out>[]): AttemptAccount {
  return attempts.map(({ account }) => account).reduce((a, b) => (b.usage.totalTokens < a.usage.totalTokens ? b : a))
}

/** The step's attempt; with `hedgeAfterMs` perhaps also one at the next target, where the hold can be made to cover both. */
async function makeAttempts<Out>(
  context: GatewayContext,
  call: Call<Out>,
  plan: CallPlan,
  course: Course,
  step: Step,
  hedgeAfterMs: number | undefined,
): Promise<MadeAttempt<Out>[]> {
  if (hedgeAfterMs === undefined || step.untried.length === 0) return [await makeAttempt(context, call, plan, course, step, onlyLane)]
  let first: MadeAttempt<Out> | undefined
  return await runHedged(async (lane) => (first = await makeAttempt(context, call, plan, course, step, lane)), {
    clock: context.clock,
    afterMs: hedgeAfterMs,
    hold: () => holdForBoth(context, call, plan, step.held),
    start(lane) {
      const trial = context.targetHealth.choose(step.untried as [Target, ...Target[]])
      step.untried = step.untried.filter((left) => left !== trial.target)
      const reason = () => {
        if (trial.target === plan.targets[0]) return plan.skipped
        return first?.outcome.error ? reasonAfter(step, first) : explainHedge(step.trial.target, hedgeAfterMs)
      }
      return makeAttempt(context, call, plan, course, { ...step, trial, reason }, lane)
    },
  })
}

/** As much again as is held, and no less: a second attempt must never end sooner than the first would have. */
async function holdForBoth<Out>(context: GatewayContext, call: Call<Out>, plan: CallPlan, held: HeldTokens): Promise<boolean> {
  const outputTokens = held.outputTokens / call.demand.choices
  if (call.callerGone.aborted) return false
  const more = { callId: call.callId, bounds: plan.bounds, outputTokens, minOutputTokens: outputTokens }
  return (await context.ledger.reserveMore(more)) !== undefined && !call.callerGone.aborted
}

function firstStep<Out>({ targetHealth }: GatewayContext, call: Call<Out>, plan: CallPlan, outputTokens: number): Step {
  const { targets, skipped } = plan
  const trial = targetHealth.choose(targets)
  const [first] = targets
  const code = trial.target === first ? undefined : targetHealth.failureOf(first)
  return {
    trial,
    held: { inputTokens: call.demand.inputTokensBound, outputTokens: outputTokens * call.demand.choices },
    reason: () => (code === undefined ? skipped : explainPassedOver(first, code)),
    untried: targets.filter((target) => target !== trial.target),
    retries: 0,
  }
}

async function makeAttempt<Out>(
  context: GatewayContext,
  call: Call<Out>,
  plan: CallPlan,
  { isHard, deadlineMs, signal, onBegin }: Course,
  { trial, held, reason }: Step,
  lane: Lane,
): Promise<MadeAttempt<Out>> {
  const { target } = trial
  let outcome: AttemptOutcome<Out> | undefined
  let saidReason: { reason: string | undefined } | undefined
  const sink = forward(call, lane, (contentType) => {
    saidReason = { reason: reason() }
    onBegin(target, saidReason.reason, contentType)
  })
  try {
    const model = modelOf(plan, target)
    outcome = await call.attempt(
      {
        target,
        credentials: plan.credentials,
        maxOutputTokens: outputLimit(call, plan, model, isHard ? held : undefined),
        responsesOnly: model.capabilities.responsesOnly,
        timeouts: { ...plan.timeouts, totalMs: Math.max(1, deadlineMs - context.clock.nowMs()) },
        signal: lane.signal ? AbortSignal.any([signal, lane.signal]) : signal,
        traceparent: call.trail && context.telemetry.traceparentOf(call.trail),
      },
      sink,
    )
    const { wasOvertaken } = lane
    noteAttempt(call, target, outcome)
    if (wasOvertaken) context.targetHealth.speeds.note(target, 'stream', outcome.latencyMs)
    return {
      target,
      outcome,
      account: accountAttempt(outcome, model, held, { kind: call.demand.kind, wasOvertaken }),
      reason: saidReason ? saidReason.reason : reason(),
      wasOvertaken,
    }
  } finally {
    // Who was overtaken has not failed; but one that is known to fail has to answer before it is trusted again.
    const saysNothing = call.callerGone.aborted || (lane.wasOvertaken && trial.probed === undefined)
    context.targetHealth.report(trial, outcome, saysNothing)
  }
}

/** For those who watch. */
function noteAttempt<Out>({ trail }: Call<Out>, { creator, modelName, via }: Target, outcome: AttemptOutcome<Out>): void {
  const { latencyMs, connectedMs, firstTokenMs, httpStatus, error } = outcome
  const attempt = { provider: creator, model: modelName, via, connectedMs, firstTokenMs, httpStatus, errorCode: error?.code }
  trail?.attempted(attempt, latencyMs)
}

/** What comes after an attempt of which nothing has gone to the caller. Undefined: nothing, the call ends with it. */
async function nextStep<Out>(
  context: GatewayContext,
  call: Call<Out>,
  plan: CallPlan,
  course: Course,
  step: Step,
  made: readonly MadeAttempt<Out>[],
  account: AttemptAccount,
): Promise<Step | undefined> {
  const [target, ...others] = step.untried
  const last = made.at(-1) as MadeAttempt<Out>
  const { outcome } = last
  const asked = wasAsked(outcome)
  // Where the very target that was asked for cannot take the call, the call itself is wrong; a fallback that cannot is passed over.
  if (asked ? !outcome.error?.fallback : made.length === 1 && last.reason === undefined) return undefined
  if (!target) return await retryStep(context, call, course, step, made)
  const held = course.isHard ? await holdForNext(context, call, plan, step.held, account) : step.held
  if (!held) return undefined
  const trial = context.targetHealth.choose([target, ...others])
  const reason = trial.target === plan.targets[0] ? plan.skipped : reasonAfter(step, last)
  return { ...step, trial, held, reason: () => reason, untried: step.untried.filter((left) => left !== trial.target) }
}

/** Why another target comes next: the last failure of one that was asked. */
function reasonAfter({ reason }: Step, { target, outcome }: Pick<MadeAttempt<unknown>, 'target' | 'outcome'>): string | undefined {
  const { error, httpStatus } = outcome
  return error && wasAsked(outcome) ? explainFallback({ target, error, httpStatus }) : reason()
}

/** The same target again, after a pause, when there is no other. Its refusal cost nothing, so the hold is whole. */
async function retryStep<Out>(
  { retries, targetHealth, clock }: GatewayContext,
  call: Call<Out>,
  { deadlineMs }: Course,
  step: Step,
  made: readonly MadeAttempt<Out>[],
): Promise<Step | undefined> {
  const last = made.findLast(({ outcome }) => wasAsked(outcome))
  if (!last || targetHealth.failureOf(last.target) !== undefined) return undefined
  const delayMs = retries.take(last.outcome, step.retries, deadlineMs - clock.nowMs())
  if (delayMs === undefined) return undefined
  await pause(delayMs, call.callerGone, clock)
  if (call.callerGone.aborted) return undefined
  return { ...step, trial: targetHealth.choose([last.target]), retries: step.retries + 1 }
}

/** Shorter where the caller goes meanwhile. */
async function pause(ms: number, callerGone: AbortSignal, clock: TimedClock): Promise<void> {
  if (callerGone.aborted) return
  await new Promise<void>((resolve) => {
    const end = () => {
      timer.cancel()
      callerGone.removeEventListener('abort', end)
      resolve()
    }
    const timer = clock.after(ms, end)
    callerGone.addEventListener('abort', end, { once: true })
  })
}

/** False when our own translation found, before anything was sent, that the call cannot be said in the target's words. */
function wasAsked({ error, httpStatus, reached }: AttemptOutcome<unknown>): boolean {
  return error?.code !== 'upstream_invalid_request' || reached || httpStatus !== undefined
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
  { usage, costUsd, isEstimate }: AttemptAccount,
): Promise<HeldTokens | undefined> {
  if (usage.totalTokens === 0 && costUsd === 0n) return held
  const { callId, demand } = call
  const { bounds, outputTokens, minOutputTokens } = plan
  const more = await context.ledger.reserveMore({ callId, bounds, outputTokens, minOutputTokens })
  if (more !== undefined) return { ...held, outputTokens: more * demand.choices }
  // Of any other kind no provider can be told to answer with less.
  if (demand.kind) return undefined
  // An estimate is not the most that it may be billed: that is what was held for each part of which there was any.
  const billed = isEstimate ? held.inputTokens + (usage.outputTokens > 0 ? held.outputTokens : 0) : usage.totalTokens
  const left = { ...held, outputTokens: held.outputTokens - billed }
  return left.outputTokens < minOutputTokens * demand.choices ? undefined : left
}

/** The caller's sink as an attempt sees it: nothing goes to a caller who has left, and nothing is waited for on their behalf. */
function forward<Out>(call: Call<Out>, lane: Lane, onBegin: (contentType?: string) => void): AttemptSink<Out> {
  const isForNobody = () => call.callerGone.aborted || lane.wasOvertaken
  return {
    begin(contentType) {
      if (lane.begin()) onBegin(contentType)
    },
    write: (out) => isForNobody() || call.sink.write(out),
    drained: () => (isForNobody() ? Promise.resolve() : call.sink.drained()),
  }
}

/** When the caller goes, the answer is read on for a while, because its end tells the real usage; then the upstream is let go. */
function abortAfterDrain(callerGone: AbortSignal, drainTimeoutMs: number, clock: TimedClock): { signal: AbortSignal; clear(): void } {
  const controller = new AbortController()
  let timer: Timer | undefined
  const onGone = () => {
    timer = clock.after(drainTimeoutMs, () => controller.abort())
  }
  if (callerGone.aborted) onGone()
  else callerGone.addEventListener('abort', onGone, { once: true })
  return {
    signal: controller.signal,
    clear() {
      timer?.cancel()
      callerGone.removeEventListener('abort', onGone)
    },
  }
}
