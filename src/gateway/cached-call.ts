import { BoundedCopy, type CachedAnswer, type CacheTurn, isTurn, type Meaning, type NearAnswer } from '../cache/index.ts'
import type { CallRecord } from '../ledger/index.ts'
import type { WithinLimits } from '../limits/index.ts'
import { nanoBrl, nanoUsd, usdToBrl } from '../shared/money.ts'
import { noUsage } from '../usage/index.ts'
import { answerByMeaning } from './answer-by-meaning.ts'
import type { Answer, Call, CallCaching, CallEnd } from './call.ts'
import type { MakeCall } from './embed-text.ts'
import type { GatewayContext } from './gateway-context.ts'
import { type CallPlan, factsOf } from './plan-call.ts'
import { answerOf, logUsage, unadmittedAt } from './settle-call.ts'

/** How a whole answer ends, in the words of any dialect: what was cut short or filtered is not given again. */
const wholeEnds = new Set(['stop', 'tool_calls', 'tool-calls', 'function_call', 'end_turn', 'tool_use', 'stop_sequence', 'completed'])
/** Tools that the caller runs. Any other kind a provider runs, and what it finds may be new each time. */
const callerTools = new Set<unknown>([undefined, 'function', 'custom'])

/**
 * Answers the call from the cache, or makes it by `make` and keeps its answer where it is whole and good. With the cache off nothing is
 * done but `make`. Throws what `make` throws, and `callerGone.reason` when nobody waits any more. `makeOther` makes the calls that the
 * cache needs itself.
 */
export async function throughCache<Out>(
  context: GatewayContext,
  call: Call<Out>,
  plan: CallPlan,
  within: WithinLimits,
  startedMs: number,
  make: (call: Call<Out>) => Promise<CallEnd>,
  makeOther: MakeCall,
): Promise<CallEnd> {
  const { cache } = call
  const { cacheTtlMs } = plan
  if (!cache || cacheTtlMs === undefined || cache.control.noStore || !isCacheable(call, cache.body)) return await make(call)
  const found = await lookUp(context, call, plan, cache, cacheTtlMs).catch(giveBack(within))
  if (!found) return await make(call)
  if (!isTurn(found)) return await answerHit(context, call, cache, plan, within, { answer: found }, startedMs)
  let kept: CachedAnswer | undefined
  let meaning: Meaning | undefined
  try {
    const meant = await answerByMeaning(context, call, cache, plan, cacheTtlMs, makeOther)
    if (call.callerGone.aborted) {
      within.giveBack()
      throw call.callerGone.reason
    }
    if (meant.near) return await answerHit(context, call, cache, plan, within, meant.near, startedMs)
    meaning = meant.meaning
    const copy = new BoundedCopy(context.responseCache.maxAnswerBytes)
    const end = await make(copied(call, cache.encode, copy))
    kept = isWorthKeeping(call, end) ? toCached(end.answer, copy.end()) : undefined
    return end
  } finally {
    found.end(kept, meaning)
  }
}

async function answerHit<Out>(
  context: GatewayContext,
  call: Call<Out>,
  cache: CallCaching<Out>,
  plan: CallPlan,
  within: WithinLimits,
  found: Pick<NearAnswer, 'answer'> & Partial<NearAnswer>,
  startedMs: number,
): Promise<CallEnd> {
  within.settle(0)
  const settled = await settleHit(context, call, plan, found.answer, startedMs)
  const { similarity } = found
  const answer: Answer = similarity === undefined ? settled : { ...settled, cache: 'semantic', similarity }
  call.sink.finish(cache.decode(found.answer.body), answer)
  return { answer, error: undefined, hasBegun: false }
}

async function lookUp<Out>(
  context: GatewayContext,
  { client, key, callerGone }: Call<Out>,
  plan: CallPlan,
  { kind, body, control }: CallCaching<Out>,
  ttlMs: number,
): Promise<CachedAnswer | CacheTurn | undefined> {
  const model = plan.targets[0].identifier
  const request = { clientId: client.id, keyId: key?.id, epoch: client.cacheEpoch, kind, model, body }
  const found = await context.responseCache.ask({ request, ttlMs, maxAgeMs: control.maxAgeMs, gone: callerGone })
  // Whoever has left by now gets no answer, and leaves no row.
  if (found && !isTurn(found)) callerGone.throwIfAborted()
  return found
}

/** For a call that never came to pass. */
export function giveBack(within: WithinLimits): (refusal: unknown) => never {
  return (refusal) => {
    within.giveBack()
    throw refusal
  }
}

/**
 * A test asks whether a provider answers. An operator's pause is for the budget to tell of. Several answers to one request are asked for
 * to be different, and what a provider keeps or looks up of its own is not said by the request alone.
 */
function isCacheable({ client, demand, source }: Call<unknown>, body: Readonly<Record<string, unknown>>): boolean {
  const { tools, store, background, conversation, web_search_options: search, mcp_servers: servers } = body
  if (source === 'test' || client.isPaused || demand.choices > 1) return false
  if (store === true || background === true || (conversation ?? search ?? servers) !== undefined) return false
  return !Array.isArray(tools) || tools.every((tool) => callerTools.has(tool?.type))
}

/** A fallback's answer is not what was asked for: once the model is back it is to be asked. */
function isWorthKeeping({ callerGone }: Call<unknown>, { answer, error }: CallEnd): boolean {
  return !error && !answer.wasFallback && !callerGone.aborted && wholeEnds.has(answer.finishReason ?? '')
}

function toCached({ via, finishReason = '', costUsd = nanoUsd(0n) }: Answer, body: Buffer | undefined): CachedAnswer | undefined {
  return body && { via, finishReason, costUsd, body }
}

/** The same call, its answer also written down. */
function copied<Out>(call: Call<Out>, encode: (out: Out) => Buffer, copy: BoundedCopy): Call<Out> {
  const { sink } = call
  const write = (out: Out) => {
    if (copy.fits) copy.write(encode(out))
  }
  return {
    ...call,
    missedCache: true,
    sink: {
      limits: (state) => sink.limits(state),
      begin: (answer) => sink.begin(answer),
      write(out) {
        write(out)
        return sink.write(out)
      },
      drained: () => sink.drained(),
      finish(tail, answer) {
        tail.forEach(write)
        sink.finish(tail, answer)
      },
    },
  }
}

/** One row like that of any other call, but nothing was asked for and nothing is owed: no hold, no tokens, no cost, and what was saved. */
async function settleHit<Out>(
  context: GatewayContext,
  call: Call<Out>,
  plan: CallPlan,
  { via, finishReason, costUsd: savedUsd }: CachedAnswer,
  startedMs: number,
): Promise<Answer> {
  const target = { ...plan.targets[0], via }
  const usage = noUsage
  const costUsd = nanoUsd(0n)
  const costBrl = plan.rate && nanoBrl(0n)
  const latencyMs = context.clock.nowMs() - startedMs
  call.trail?.passed('cache')
  const record: CallRecord = {
    ...factsOf(call, plan, target),
    callId: call.callId,
    clientId: call.client.id,
    createdAt: unadmittedAt(startedMs),
    // It was never to be admitted: it moves no budget, so none is looked for.
    unadmitted: false,
    requestId: undefined,
    ...usage,
    latencyMs,
    firstTokenMs: undefined,
    wasCached: true,
    wasFallback: false,
    fallbackReason: undefined,
    attempts: [],
    costUsd,
    costBrl,
    savedUsd,
    savedBrl: plan.rate && usdToBrl(savedUsd, plan.rate.rate),
    status: 'ok',
    errorCode: undefined,
  }
  await context.ledger.settle(record)
  call.trail?.passed('settle')
  if (call.trail) call.trail.settled = record
  logUsage(context, call, usage, costUsd, costBrl)
  return { ...answerOf(call, { target }, undefined), cache: 'hit', usage, costUsd, costBrl, latencyMs, finishReason }
}
