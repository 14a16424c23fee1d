import type { CallDemand } from '../../src/gateway/call.ts'
import { handleCall } from '../../src/gateway/handle-call.ts'
import type { CallRecord, Ledger } from '../../src/ledger/index.ts'
import { GatewayError } from '../../src/shared/errors.ts'
import { count } from './figures.ts'
import type { Replica } from './replica.ts'
import { attemptAt, type Served } from './sim-provider.ts'
import type { World } from './world.ts'

/** A call, with what its caller and its provider know of it. */
export interface SimCall {
  id: string
  clientId: string
  replica: Replica
  /** Its record is none that PostgreSQL takes. */
  isPoison: boolean
  served: Served[]
  /** What the pipeline gave the ledger to keep. */
  record: CallRecord | undefined
  /** The ledger said that the record is safe. */
  isSettled: boolean
  /** The ledger said that the call is as if it had never been. */
  isReleased: boolean
  /** It went on without an admission. */
  isUnadmitted: boolean
  /** From before its note is safe: of a process that is killed meanwhile, the next one may find it and book it without an admission. */
  mayHaveNote: boolean
  /** Its provider was to keep to what was held. */
  isHard: boolean
  hasEnded: boolean
}

export interface CallSurroundings {
  world: World
  replica: Replica
  clientId: string
  hasHardBudget: boolean
  /** Is its record where nothing can take it away? */
  isSafe: (callId: string) => boolean
}

/** Sends a call through the real pipeline of a replica. */
export function startCall(around: CallSurroundings): SimCall {
  const { world, replica, clientId, hasHardBudget, isSafe } = around
  const call: SimCall = {
    id: world.uuid(),
    clientId,
    replica,
    isPoison: world.strikes('poison'),
    served: [],
    record: undefined,
    isSettled: false,
    isReleased: false,
    isUnadmitted: false,
    mayHaveNote: false,
    isHard: false,
    hasEnded: false,
  }
  const demand = demandOf(world)
  const asked = { inputTokensBound: demand.inputTokensBound, wantedOutput: demand.maxOutputTokens ?? 100, owner: replica }
  const gone = new AbortController()
  if (world.strikes('caller_gone')) {
    world.schedule(replica, world.chance(0.5) ? world.latency() : world.upTo(6_000), `${call.id} is left by its caller`, () =>
      gone.abort(new Error('the caller is gone')),
    )
  }
  const client = {
    id: clientId,
    slug: 'client',
    isActive: true,
    usesGateway: true,
    primaryModel: 'openai/first',
    fallbackChain: undefined,
    defaultMaxOutputTokens: undefined,
    hasHardBudget,
  }
  const sink = {
    limits: () => {},
    begin: () => {},
    write: () => true,
    drained: () => Promise.resolve(),
    finish() {
      if (!isSafe(call.id)) world.fail(`call ${call.id} got its last bytes, and its record can still be lost`)
    },
  }
  const context = replica.contextFor(watch(world, replica.ledger as Ledger, call), world.chance(0.93))
  const ended = handleCall<string>(context, {
    callId: call.id,
    client: client as Parameters<typeof handleCall>[1]['client'],
    key: undefined,
    source: 'test',
    conversationId: call.isPoison ? 'no-uuid' : undefined,
    demand,
    attempt: (options, sink) => attemptAt(world, asked, options, sink, call.served),
    sink,
    callerGone: gone.signal,
  })
  const end = (how: string) => {
    call.hasEnded = true
    world.note(`${call.id} ends: ${how}`)
    count(world.figures.calls, how)
  }
  ended.then(
    ({ error }) => end(error ? `failed: ${error.code}` : gone.signal.aborted ? 'read to the end for nobody' : 'served'),
    (error: unknown) =>
      end(gone.signal.aborted ? 'left in time' : `refused: ${error instanceof GatewayError ? error.code : String(error)}`),
  )
  return call
}

function demandOf(world: World): CallDemand {
  return {
    model: undefined,
    maxOutputTokens: world.chance(0.2) ? undefined : 16 + world.upTo(120),
    choices: 1,
    inputTokensBound: 5 + world.upTo(60),
    hasAudio: false,
  }
}

/** The real ledger, and what it promised about this call. */
function watch(world: World, ledger: Ledger, call: SimCall): Ledger {
  return {
    async reserve(request) {
      const startedMs = world.nowMs
      try {
        const admission = await ledger.reserve(request)
        call.isHard = admission.isHard
        return admission
      } catch (error) {
        checkPatience(world, call, error, startedMs, request.patienceMs)
        throw error
      }
    },
    reserveMore: (request) => ledger.reserveMore(request),
    async settle(record) {
      call.record = record
      await ledger.settle(record)
      call.isSettled = true
    },
    async goOn(presumed) {
      call.mayHaveNote = true
      await ledger.goOn(presumed)
      call.isUnadmitted = true
    },
    async release(callId) {
      await ledger.release(callId)
      call.isReleased = true
    },
    ensureRoom: (callsUnderWay) => ledger.ensureRoom(callsUnderWay),
    get depth() {
      return ledger.depth
    },
    get spoolBytes() {
      return ledger.spoolBytes
    },
    get spoolAgeMs() {
      return ledger.spoolAgeMs
    },
    close: () => ledger.close(),
  }
}

/** Nobody is told "busy" before their patience ends, and everybody is told something within it and two seconds. */
function checkPatience(world: World, call: SimCall, error: unknown, startedMs: number, patienceMs: number): void {
  const tookMs = world.nowMs - startedMs
  const code = error instanceof GatewayError ? error.code : String(error)
  if (code === 'budget_busy' && tookMs < patienceMs) world.fail(`call ${call.id} was told that its budget is busy after ${tookMs} ms`)
  const wasHeldUp = call.replica.stalledUntilMs > startedMs || world.jumpedAtMs >= startedMs
  if (!wasHeldUp && tookMs > patienceMs + 2_000) world.fail(`call ${call.id} waited ${tookMs} ms for ${code}`)
}
