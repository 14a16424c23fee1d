import { checkIdempotencyKey, isClaim, type KeptAnswer, type KeyClaim } from '../cache/index.ts'
import type { GatewayContext } from '../gateway/index.ts'
import { GatewayError, IdempotencyError, LedgerUnavailableError } from '../shared/errors.ts'
import { newId } from '../shared/id.ts'
import { type AiCallArguments, type AiResult, findClient, type PreparedCall, prepareCall } from './ai-call.ts'

type Failure = { name: string; message: string }
type Kept = { result: AiResult } | { failure: Failure }

/**
 * Makes the run with an `idempotencyKey`, or gives the result of the first one with that key. The key stands for all rounds of the run
 * together, and for the first round's call in the ledger.
 */
export async function callOnce(
  context: GatewayContext,
  call: AiCallArguments,
  key: string,
  run: (prepared: PreparedCall) => Promise<AiResult>,
): Promise<AiResult> {
  const client = await findClient(context, call.clientId)
  const turn = await context.idempotency.ask({
    clientId: client.id,
    key: checkIdempotencyKey(key, 'idempotencyKey'),
    request: ['callAI', writeRequest(call)],
    callId: newId(),
    gone: call.abortSignal ?? neverGone,
  })
  return isClaim(turn) ? await callFirst(context, call, turn, run) : replay(turn)
}

async function callFirst(
  context: GatewayContext,
  call: AiCallArguments,
  claim: KeyClaim,
  run: (prepared: PreparedCall) => Promise<AiResult>,
): Promise<AiResult> {
  let prepared: PreparedCall | undefined
  try {
    prepared = await prepareCall(context, call, claim)
    const result = await run(prepared)
    await claim.keep(toKept({ result }, context.idempotency.maxBytes))
    return result
  } catch (thrown) {
    const ended = context.callsUnderWay.track(endFailed(claim, prepared, thrown, context.idempotency.maxBytes))
    // What was aborted is still read to its end; whoever aborted it does not wait for that.
    if (!call.abortSignal?.aborted) await ended
    throw thrown
  }
}

async function endFailed(claim: KeyClaim, prepared: PreparedCall | undefined, thrown: unknown, maxBytes: number): Promise<void> {
  const took = (await prepared?.took()) ?? 'nothing'
  if (took === 'unknown') claim.abandon(thrown instanceof LedgerUnavailableError ? thrown : undefined)
  else if (took === 'nothing') await claim.free(thrown instanceof GatewayError ? thrown : undefined)
  else {
    const { name, message } = thrown instanceof Error ? thrown : new Error(String(thrown))
    await claim.keep(toKept({ failure: { name, message } }, maxBytes))
  }
}

function toKept(kept: Kept, maxBytes: number): KeptAnswer | undefined {
  const body = Buffer.from(JSON.stringify(kept))
  return body.length > maxBytes ? undefined : { status: 200, headers: {}, body, isCut: false }
}

function replay({ body }: KeptAnswer): AiResult {
  const kept = JSON.parse(body.toString()) as Kept
  if ('result' in kept) return { ...kept.result, wasReplayed: true }
  const { name, message } = kept.failure
  throw new IdempotencyError(
    'idempotency_answer_not_kept',
    `The first call with this idempotencyKey failed after a provider was asked, and is charged. Take a new key. It failed with ${name}: ${message}`,
  )
}

/** All of the call that is data. Of tools the names count, of a schema that there is one. */
function writeRequest({ abortSignal: _signal, idempotencyKey: _key, tools, schema, ...data }: AiCallArguments): string {
  const all = { ...data, tools: tools && Object.keys(tools).sort(), hasSchema: schema !== undefined }
  return JSON.stringify(all, (_name, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('base64') : typeof value === 'bigint' ? `${value}n` : value,
  )
}

const neverGone = new AbortController().signal
