import { kinds } from '../dialects/index.ts'
import type { WithinLimits } from '../limits/index.ts'
import { newId } from '../shared/id.ts'
import type { Call, CallEnd } from './call.ts'
import { collectAnswer } from './collect-answer.ts'
import type { GatewayContext } from './gateway-context.ts'
import { kindAttempt } from './make-attempt.ts'
import { type CallPlan, planCall } from './plan-call.ts'

/** Makes a planned call: holds its money, asks for it and books it. */
export type MakeCall = (call: Call<Buffer>, plan: CallPlan, within: WithinLimits, startedMs: number) => Promise<CallEnd>

/** A vector that takes longer is of no use to anybody. */
const totalMs = 30_000
/** The limits a minute are for what callers ask, and they asked once. */
const uncounted: WithinLimits = { state: [], settle: () => {}, giveBack: () => {} }

/**
 * The text as a vector, by a call of its own on the client's budget, with its own row of source `cache`. Undefined where it fails, is
 * refused or takes too long; then it goes on by itself, because what it costs is to be booked. Does not throw.
 */
export async function embedText(
  context: GatewayContext,
  call: Pick<Call<unknown>, 'client' | 'conversationId' | 'phone'>,
  asked: { model: string; text: string; withinMs: number },
  make: MakeCall,
): Promise<number[] | undefined> {
  const made = context.callsUnderWay.track(embed(context, call, asked, make)).catch((error: unknown) => {
    context.log.warn(`[Cache] no vector for ${call.client.slug} from ${asked.model}: ${error instanceof Error ? error.message : error}`)
    return undefined
  })
  const late = Promise.withResolvers<undefined>()
  const timer = context.clock.after(asked.withinMs, () => late.resolve(undefined))
  const vector = await Promise.race([made, late.promise])
  timer.cancel()
  return vector
}

async function embed(
  context: GatewayContext,
  { client, conversationId, phone }: Pick<Call<unknown>, 'client' | 'conversationId' | 'phone'>,
  { model, text }: { model: string; text: string },
  make: MakeCall,
): Promise<number[]> {
  const startedMs = context.clock.nowMs()
  context.ledger.ensureRoom(context.callsUnderWay.size)
  const { embeddings } = kinds
  const request = embeddings.parse(Buffer.from(JSON.stringify({ model, input: text, encoding_format: 'float' })), undefined)
  const { sink, body } = collectAnswer()
  const call: Call<Buffer> = {
    callId: newId(),
    // The operator chose the model, and the text has been looked at: the guardrails are for what callers choose and say.
    client: { ...client, guardrails: undefined },
    key: undefined,
    source: 'cache',
    conversationId,
    phone,
    demand: request,
    attempt: kindAttempt(context.upstream, embeddings, request),
    sink,
    callerGone: new AbortController().signal,
  }
  const plan = await planCall(context, call)
  const timeouts = { ...plan.timeouts, totalMs: Math.min(plan.timeouts.totalMs, totalMs) }
  const { error } = await make(call, { ...plan, timeouts }, uncounted, startedMs)
  if (error) throw error
  return readVector(body())
}

function readVector(body: Buffer): number[] {
  const { data } = JSON.parse(body.toString()) as { data?: { embedding?: unknown }[] }
  const vector = data?.[0]?.embedding
  if (!Array.isArray(vector) || vector.length === 0 || !vector.every((value) => typeof value === 'number')) {
    throw new Error('the answer has no vector')
  }
  return vector
}
