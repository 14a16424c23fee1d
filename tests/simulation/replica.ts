import { CallsUnderWay } from '../../src/gateway/calls-under-way.ts'
import type { GatewayContext } from '../../src/gateway/index.ts'
import { type Ledger, openLedgerIn } from '../../src/ledger/ledger.ts'
import { createModelRegistry, type Model } from '../../src/pricing/index.ts'
import { Retries, TargetHealth } from '../../src/routing/index.ts'
import type { TimedClock } from '../../src/shared/clock.ts'
import { silentLog } from '../../src/shared/log.ts'
import { Secret } from '../../src/shared/secret.ts'
import { Telemetry } from '../../src/telemetry/index.ts'
import type { SimDisk } from './sim-disk.ts'
import type { SimDatabase } from './sim-store.ts'
import type { Owner, World } from './world.ts'

const expireEveryMs = 5_000
const timeouts = { connectMs: 1_000, firstByteMs: 5_000, idleMs: 3_000, totalMs: 15_000 }

/** One process: the real ledger and pipeline over a simulated clock, disk and database. */
export class Replica implements Owner {
  readonly name: string
  /** Undefined: a serverless function. */
  readonly disk: SimDisk | undefined
  readonly callsUnderWay = new CallsUnderWay()
  readonly #telemetry = new Telemetry({ log: silentLog, slowCallMs: undefined, metricsClients: 0 })
  isAlive = true
  wasKilled = false
  stalledUntilMs = 0
  isClosing = false
  ledger: Ledger | undefined
  readonly #world: World
  readonly #skewMs: number
  readonly #targetHealth: TargetHealth
  readonly #retries: Retries
  readonly #spoolMaxBytes: number

  constructor(world: World, name: string, disk: SimDisk | undefined) {
    this.#world = world
    this.name = name
    this.disk = disk
    // Nobody's clock is right but the database's, for a while.
    this.#skewMs = world.chance(0.3) ? world.upTo(4_000) - 2_000 : 0
    const { random } = world
    this.#targetHealth = new TargetHealth({ clock: this.clock, log: silentLog, failuresToOpen: 5, random })
    this.#retries = new Retries({ most: 2, random })
    // A segment is a sixteenth of it: of a few records each, or all in one.
    this.#spoolMaxBytes = world.chance(0.5) ? 64 * 1024 : 1024 * 1024
  }

  get isOpen(): boolean {
    return this.isAlive && !this.isClosing && this.ledger !== undefined
  }

  async open(database: SimDatabase, isAlive: (name: string) => boolean, meddle: (ledger: Ledger) => Ledger): Promise<void> {
    const world = { store: database.of(this), clock: this.clock, disk: (this.disk as SimDisk)?.of(this, isAlive) }
    const spoolDir = this.disk && 'spool'
    this.ledger = meddle(
      await openLedgerIn(world, { replica: this.name, log: silentLog, spoolDir, spoolMaxBytes: this.#spoolMaxBytes, expireEveryMs }),
    )
  }

  async close(): Promise<void> {
    this.isClosing = true
    await this.callsUnderWay.ended()
    await this.ledger?.close()
    this.isAlive = false
  }

  /** Never less long than it is stalled already: what has been put off by then stays so. */
  stallUntil(ms: number): void {
    this.stalledUntilMs = Math.max(this.stalledUntilMs, ms)
  }

  get clock(): TimedClock {
    const world = this.#world
    return {
      nowMs: () => world.nowMs + this.#skewMs,
      after: (ms, run) => {
        const event = world.schedule(this, Math.ceil(ms) + (world.chance(0.1) ? world.upTo(20) : 0), `${this.name} timer ${ms}`, run)
        return { cancel: () => world.cancel(event) }
      },
      every: (ms, run) => {
        const again = () => {
          event = world.schedule(this, ms, `${this.name} every ${ms}`, tick)
        }
        const tick = () => {
          again()
          run()
        }
        let event = world.schedule(this, ms, `${this.name} every ${ms}`, tick)
        return { cancel: () => world.cancel(event) }
      },
    }
  }

  /** All that a call needs of a process; only the ledger is real, because only it is on trial besides the pipeline itself. */
  contextFor(ledger: Ledger, hasRate: boolean): GatewayContext {
    const rate = { rate: '5.5', source: 'env', quotedAt: new Date(0), stale: false }
    const context = {
      settings: { isEnabled: true, timeouts, drainTimeoutMs: 3_000, budgetWaitMs: 2_000, holdMarginMs: 5_000, maxCalls: 10_000 },
      sharedConfig: { isCached: true, get: () => Promise.resolve(shared) },
      models: () => Promise.resolve(registry),
      routes: () => Promise.resolve({ find: () => undefined }),
      budgetShares: undefined,
      rates: { find: () => (hasRate ? rate : undefined) },
      ledger,
      // Both have the database count for them, by statements that are not the ledger's.
      limiter: { admit: () => Promise.resolve({ state: undefined, giveBack() {}, settle() {} }) },
      idempotency: undefined,
      targetHealth: this.#targetHealth,
      retries: this.#retries,
      callsUnderWay: this.callsUnderWay,
      telemetry: this.#telemetry,
      clock: this.clock,
      log: silentLog,
    }
    return context as unknown as GatewayContext
  }
}

const shared = {
  route: 'direct',
  gatewayApiKey: undefined,
  providerKeys: { openai: new Secret('sk-test-simulated'), groq: new Secret('sk-test-simulated') },
  defaultFallbackChain: ['groq/second'],
  failures: new Map(),
}

function model(provider: 'openai' | 'groq', modelName: string, input: bigint, output: bigint): Model {
  const rates = { input, cachedInput: input, cacheWrite: input, cacheWriteOneHour: input, output }
  return {
    id: modelName,
    priceId: '00000000-0000-7000-8000-000000000000',
    provider,
    creator: provider,
    modelName,
    gatewayIdentifier: `${provider}/${modelName}`,
    vercelIdentifier: undefined,
    apiType: 'chat',
    contextWindow: undefined,
    maxOutputTokens: undefined,
    defaultMaxOutputTokens: 100,
    capabilities: { input: ['text'], tools: false, structuredOutput: false, reasoning: false, responsesOnly: false },
    aliases: [],
    prices: { ...rates, tiers: [], audioMinute: undefined, character: undefined, image: undefined, minimumAudioMs: 0 },
  }
}

/** Nano-dollars for a million tokens. */
const registry = createModelRegistry([
  model('openai', 'first', 150_000_000n, 600_000_000n),
  model('groq', 'second', 50_000_000n, 80_000_000n),
])
