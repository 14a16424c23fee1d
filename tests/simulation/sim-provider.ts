import { type AttemptOptions, type AttemptOutcome, type AttemptSink, emptyReport } from '../../src/providers/index.ts'
import { type GatewayError, UpstreamBrokenError, UpstreamRejectedError, UpstreamUnavailableError } from '../../src/shared/errors.ts'
import type { TokenUsage } from '../../src/usage/index.ts'
import { count } from './figures.ts'
import type { Owner, World } from './world.ts'

const kinds = {
  whole: 10,
  unreachable: 1,
  refused: 2,
  rejected: 1,
  hangs: 1,
  tells_input_first: 1,
  cut: 2,
  says_it_failed: 1,
  no_usage: 1,
  absurd_usage: 1,
  negative_usage: 1,
  above_hold: 1,
  never_ends: 1,
} as const

type Kind = keyof typeof kinds
export const attemptKinds = Object.keys(kinds) as Kind[]
const bag = attemptKinds.flatMap((kind) => Array.from({ length: kinds[kind] }, () => kind))

/** What the provider knows of an attempt: the oracle, which no bug of ours can reach. */
export interface Served {
  kind: Kind
  /** Did the request come to the provider? */
  hasArrived: boolean
  inputTokens: number
  /** Generated, whether anybody got it or not. */
  outputTokens: number
  /** Came to the process that asked. */
  deliveredTokens: number
  /** It said no, or was not there, and the process heard it. */
  wasRefused: boolean
  /** The provider's last word, as the process got it; exact where it is what was served. */
  reported: TokenUsage | undefined
}

export interface Asked {
  inputTokensBound: number
  /** What the caller asked for; a provider keeps to it, or to what it is told. */
  wantedOutput: number
  owner: Owner
}

/** One attempt at the provider, as chance has it. The answer is a text of which each piece is an event. */
export function attemptAt(
  world: World,
  { inputTokensBound, wantedOutput, owner }: Asked,
  options: AttemptOptions,
  sink: AttemptSink<string>,
  served: Served[],
): Promise<AttemptOutcome<string>> {
  const limit = Math.min(wantedOutput, options.maxOutputTokens ?? wantedOutput)
  const kind = world.pick(bag)
  count(world.figures.attempts, kind)
  const mine: Served = {
    kind,
    hasArrived: false,
    inputTokens: 1 + world.upTo(inputTokensBound - 1),
    outputTokens: 0,
    deliveredTokens: 0,
    wasRefused: false,
    reported: undefined,
  }
  served.push(mine)
  return new Promise((resolve) => new Answering(world, owner, options, sink, mine, limit, resolve).begin())
}

class Answering {
  readonly #report = emptyReport()
  readonly #startedMs: number
  #hasEnded = false
  #hasBegun = false
  #timers: ReturnType<World['schedule']>[] = []
  readonly #world: World
  readonly #owner: Owner
  readonly #options: AttemptOptions
  readonly #sink: AttemptSink<string>
  readonly #served: Served
  readonly #limit: number
  readonly #resolve: (outcome: AttemptOutcome<string>) => void

  constructor(
    world: World,
    owner: Owner,
    options: AttemptOptions,
    sink: AttemptSink<string>,
    served: Served,
    limit: number,
    resolve: (outcome: AttemptOutcome<string>) => void,
  ) {
    this.#world = world
    this.#owner = owner
    this.#options = options
    this.#sink = sink
    this.#served = served
    this.#limit = limit
    this.#resolve = resolve
    this.#startedMs = world.nowMs
  }

  begin(): void {
    const { signal, timeouts } = this.#options
    this.#deadline('total', timeouts.totalMs)
    this.#deadline('first byte', timeouts.firstByteMs)
    const onAbort = () => this.#end({ error: new UpstreamBrokenError('stream_cut', 'aborted') })
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
    const { kind } = this.#served
    if (kind === 'unreachable') {
      this.#later('cannot be reached', () => {
        this.#served.wasRefused = true
        this.#end({ reached: false, error: unavailable('upstream_unreachable') })
      })
      return
    }
    // From here on it is the provider's: what was sent arrives, whatever becomes of who sent it.
    this.#world.schedule(undefined, this.#world.latency(), 'provider gets a request', () => this.#arrive())
  }

  #arrive(): void {
    this.#served.hasArrived = true
    const { kind } = this.#served
    if (kind === 'tells_input_first') {
      this.#later('tells its input', () => this.#tellInput())
      // And then goes on, breaks off, or hangs.
      if (this.#world.chance(0.4)) {
        this.#served.outputTokens = this.#world.upTo(this.#limit)
        if (this.#world.chance(0.5)) this.#later('breaks off', () => this.#breakOff())
        return
      }
    }
    if (kind === 'refused') {
      const error = unavailable(this.#world.pick(['upstream_overloaded', 'upstream_rate_limited']))
      this.#served.inputTokens = 0
      this.#later('refuses', () => this.#refuse(error))
    } else if (kind === 'rejected') {
      this.#served.inputTokens = 0
      this.#later('rejects', () => this.#refuse(new UpstreamRejectedError('upstream_invalid_request', 'no')))
    } else if (kind === 'hangs') {
      // It bills what nobody ever gets.
      this.#served.outputTokens = this.#world.upTo(this.#limit)
    } else if (kind === 'says_it_failed') {
      this.#later('says that it failed', () => this.#end({ error: unavailable('upstream_overloaded'), httpStatus: 200 }))
    } else {
      const wanted = kind === 'above_hold' ? this.#limit + 1 + this.#world.upTo(this.#limit) : this.#world.upTo(this.#limit)
      this.#generate(wanted)
    }
  }

  /** Piece by piece, for as long as somebody is there. */
  #generate(left: number): void {
    if (this.#hasEnded || !this.#owner.isAlive) return
    const world = this.#world
    const isCut = (this.#served.kind === 'cut' || this.#served.kind === 'tells_input_first') && world.chance(0.3)
    if (isCut) {
      this.#later('breaks off', () => this.#breakOff())
      return
    }
    if (left === 0) {
      if (this.#served.kind !== 'never_ends') this.#later('ends', () => this.#finish())
      return
    }
    const tokens = Math.min(left, 1 + world.upTo(40))
    world.schedule(undefined, world.latency(), 'provider generates', () => {
      if (this.#hasEnded || !this.#owner.isAlive) return
      this.#served.outputTokens += tokens
      this.#later('sends', () => this.#deliver(tokens))
      this.#generate(left - tokens)
    })
  }

  #deliver(tokens: number): void {
    this.#served.deliveredTokens += tokens
    this.#report.outputPieces += tokens
    this.#report.outputBytes += 4 * tokens
    if (!this.#hasBegun) this.#sink.begin()
    this.#hasBegun = true
    this.#sink.write('x')
  }

  #refuse(error: GatewayError): void {
    this.#served.wasRefused = true
    this.#end({ error, httpStatus: error.httpStatus })
  }

  #breakOff(): void {
    this.#end({ error: new UpstreamBrokenError('stream_cut', 'cut'), httpStatus: 200 })
  }

  /** Before any output, of which the first word may be counted in. */
  #tellInput(): void {
    const { inputTokens } = this.#served
    const outputTokens = this.#world.upTo(1)
    const others = { cachedTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 }
    this.#report.usage = { inputTokens, outputTokens, ...others, totalTokens: inputTokens + outputTokens }
  }

  #finish(): void {
    const { kind } = this.#served
    const { inputTokens, deliveredTokens: outputTokens } = this.#served
    const totalTokens = inputTokens + outputTokens
    const usage = { inputTokens, outputTokens, cachedTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0, totalTokens }
    if (kind === 'absurd_usage') this.#report.usage = { ...usage, outputTokens: 10_000_000, totalTokens: 10_000_000 + inputTokens }
    else if (kind === 'negative_usage') this.#report.usage = { ...usage, outputTokens: -1 }
    else if (kind !== 'no_usage') this.#report.usage = usage
    // What was sent may still be on its way: then this is usage as some providers tell it as they go, and no end yet.
    if (outputTokens !== this.#served.outputTokens) {
      this.#later('ends', () => this.#finish())
      return
    }
    this.#served.reported = kind === 'absurd_usage' || kind === 'negative_usage' ? undefined : this.#report.usage
    this.#end({ finished: true, httpStatus: 200, error: undefined })
  }

  #end(outcome: Partial<AttemptOutcome<string>> & { error: GatewayError | undefined }): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    for (const timer of this.#timers) this.#world.cancel(timer)
    const latencyMs = this.#world.nowMs - this.#startedMs
    const whole = { httpStatus: undefined, reached: true, finished: false, requestId: undefined, firstTokenMs: undefined, tail: [] }
    this.#resolve({ ...whole, report: this.#report, latencyMs, ...outcome })
  }

  #deadline(which: string, ms: number): void {
    const timer = this.#world.schedule(this.#owner, ms, `${this.#owner.name} ${which} timeout`, () => {
      if (which === 'total' || !this.#hasBegun) this.#end({ error: unavailable('upstream_timeout') })
    })
    this.#timers.push(timer)
  }

  #later(what: string, run: () => void): void {
    this.#world.schedule(this.#owner, this.#world.latency(), `${this.#owner.name} provider ${what}`, () => {
      if (!this.#hasEnded) run()
    })
  }
}

function unavailable(code: 'upstream_overloaded' | 'upstream_rate_limited' | 'upstream_timeout' | 'upstream_unreachable') {
  return new UpstreamUnavailableError(code, code)
}
