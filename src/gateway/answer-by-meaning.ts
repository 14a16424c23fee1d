import { type Meaning, type NearAnswer, takeLastMessage } from '../cache/index.ts'
import type { Call, CallCaching } from './call.ts'
import { embedText, type MakeCall } from './embed-text.ts'
import type { GatewayContext } from './gateway-context.ts'
import type { CallPlan } from './plan-call.ts'

/**
 * An answer to a request of the same room that means nearly the same, and what the request means, to be kept with an answer of its own.
 * Empty where the client did not ask for this, or the request is none whose last message could be said in other words. Does not throw.
 */
export async function answerByMeaning(
  context: GatewayContext,
  call: Call<unknown>,
  { kind, body, control }: Pick<CallCaching<unknown>, 'kind' | 'body' | 'control'>,
  plan: CallPlan,
  ttlMs: number,
  make: MakeCall,
): Promise<{ near?: NearAnswer | undefined; meaning?: Meaning | undefined }> {
  const { client, key } = call
  const wish = client.semanticCache
  const { semantic } = context.responseCache
  // Who takes no answer that is there needs no vector to look for one.
  if (!wish || control.maxAgeMs === 0 || !semantic.isReady(client.id, wish.model)) return {}
  const said = takeLastMessage(body)
  if (!said) return {}
  const deadlineMs = context.clock.nowMs() + semantic.waitMs
  const vector = await embedText(context, call, { model: wish.model, text: said.text, withinMs: semantic.waitMs }, make)
  const model = plan.targets[0].identifier
  const request = { clientId: client.id, keyId: key?.id, epoch: client.cacheEpoch, kind, model, body: said.rest }
  const question = { request, model: wish.model }
  const meaning = vector && semantic.understand({ ...question, vector })
  if (!vector) semantic.rest(client.id, wish.model, 'failed')
  if (!meaning) return {}
  const maxAgeMs = Math.min(ttlMs, control.maxAgeMs ?? ttlMs)
  const withinMs = Math.max(1, deadlineMs - context.clock.nowMs())
  return { near: await semantic.findNearest(question, meaning, { similarity: wish.similarity, maxAgeMs, withinMs }), meaning }
}
