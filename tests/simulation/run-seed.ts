import type { Ledger } from '../../src/ledger/index.ts'
import { Books } from './books.ts'
import { checkEnd } from './check-end.ts'
import { count, type Figures } from './figures.ts'
import { changeKind } from './model/change-kind.ts'
import type { ModelBudget, ModelBugs, ModelClient } from './model/state.ts'
import { Replica } from './replica.ts'
import { type SimCall, startCall } from './sim-call.ts'
import { SimDisk } from './sim-disk.ts'
import { SimDatabase } from './sim-store.ts'
import { type Owner, Violation, World } from './world.ts'

/** Mistakes made on purpose: a simulator that does not find them proves nothing. */
export interface Sabotage {
  model?: ModelBugs
  disk?: 'lies about sync'
  ledger?: (ledger: Ledger) => Ledger
}

export interface SeedResult {
  seed: number
  /** Of every step, with its time. */
  hash: number
  figures: Figures
  /** What must never be true was, and the last events before it. */
  violation: string | undefined
  trace: string[]
}

/** All of one seed, from the first call to the last check. */
export async function runSeed(seed: number, sabotage: Sabotage = {}): Promise<SeedResult> {
  const world = new World(seed)
  const simulation = new Simulation(world, sabotage)
  let violation: string | undefined
  try {
    await simulation.run()
  } catch (error) {
    if (!(error instanceof Violation)) throw error
    violation = error.message
    world.note(`violation: ${error.message}`)
  }
  world.figures.events = world.steps
  return { seed, hash: world.hash >>> 0, figures: world.figures, violation, trace: world.trace }
}

const offsets: Record<string, number> = { UTC: 0, 'America/Sao_Paulo': -3 * 3_600_000 }

class Simulation {
  readonly #world: World
  readonly #books: Books
  readonly #database: SimDatabase
  readonly #sabotage: Sabotage
  readonly #clients: ModelClient[] = []
  readonly #calls: SimCall[] = []
  readonly #lives = new Map<string, Replica>()
  /** The disk of each place where a process runs. */
  readonly #places: (SimDisk | undefined)[] = []
  readonly #running: (Replica | undefined)[] = []
  /** Budgets that were there from the first step on. */
  readonly #steady = new Set<string>()
  #callsToCome: number

  constructor(world: World, sabotage: Sabotage) {
    this.#world = world
    this.#sabotage = sabotage
    this.#books = new Books(world)
    this.#books.state.bugs = sabotage.model ?? {}
    this.#database = new SimDatabase(world, this.#books)
    for (let i = 0; i <= world.upTo(2); i += 1) this.#addClient()
    const shared = world.chance(0.5) ? this.#newDisk() : undefined
    if (shared) shared.isShared = true
    for (let i = 0; i <= world.upTo(3); i += 1) this.#places.push(world.chance(0.15) ? undefined : (shared ?? this.#newDisk()))
    this.#callsToCome = 4 + world.upTo(36)
  }

  async run(): Promise<void> {
    const world = this.#world
    for (const place of this.#places.keys()) this.#start(place)
    for (let n = this.#callsToCome; n > 0; n -= 1) this.#schedule(world.chance(0.6) ? world.upTo(40) : world.upTo(15_000))
    const steps = 100 + world.upTo(700)
    while (world.steps < steps && !this.#isDone()) {
      this.#meddle()
      if (!(await world.step())) break
    }
    await this.#heal()
    await this.#closeAll()
    // What a dead process left to nobody is found by the next start, and what was admitted last of all is expired.
    for (const [place, disk] of this.#places.entries()) if (this.#places.indexOf(disk) === place) this.#start(place)
    await this.#until(() => this.#isQuiet(), 'the spools that were left are booked')
    await this.#closeAll()
    for (const disk of new Set(this.#places)) {
      if (disk && disk.files.length > 0) world.fail(`${disk.files.length} spool files are left: ${disk.files.join(', ')}`)
    }
    checkEnd(world, this.#books, this.#calls, this.#steady)
  }

  async #heal(): Promise<void> {
    this.#world.note('healed')
    this.#world.isHealed = true
    this.#database.comeBack()
    await this.#until(() => this.#running.every((replica) => !(replica?.isAlive && replica.isClosing)), 'who is stopping has stopped')
    for (const place of this.#places.keys()) if (!this.#running[place]?.isAlive) this.#start(place)
    await this.#until(() => this.#isDone() && this.#isQuiet(), 'every call ends and is booked')
  }

  async #closeAll(): Promise<void> {
    for (const replica of this.#running) if (replica?.isOpen) this.#close(replica)
    await this.#until(() => [...this.#lives.values()].every((replica) => !replica.isAlive), 'every replica closes')
  }

  #close(replica: Replica): void {
    replica.close().catch((error: unknown) => this.#world.fail(`${replica.name} does not close: ${String(error)}`))
  }

  async #until(isThere: () => boolean, what: string): Promise<void> {
    const world = this.#world
    const lastMs = world.nowMs + 240_000
    while (!isThere()) {
      if (world.nowMs > lastMs || !(await world.step())) world.fail(`it never comes that ${what}`)
    }
  }

  #isDone(): boolean {
    return this.#callsToCome === 0 && this.#calls.every((call) => call.hasEnded || !call.replica.isAlive)
  }

  /** Nothing is held, on its way or waiting. */
  #isQuiet(): boolean {
    const alive = this.#running.filter((replica) => replica?.isAlive)
    return (
      this.#database.underWay === 0 &&
      this.#books.state.admissions.size === 0 &&
      alive.every((replica) => replica?.ledger !== undefined && replica.ledger.depth === 0)
    )
  }

  #newDisk(): SimDisk {
    const disk = new SimDisk(this.#world)
    disk.liesAboutSync = this.#sabotage.disk === 'lies about sync'
    return disk
  }

  #start(place: number): void {
    const replica = new Replica(this.#world, `r${place}x${this.#lives.size}`, this.#places[place])
    this.#lives.set(replica.name, replica)
    this.#running[place] = replica
    const meddle = this.#sabotage.ledger ?? ((ledger: Ledger) => ledger)
    replica
      .open(this.#database, (name) => this.#lives.get(name)?.isAlive === true, meddle)
      .catch((error: unknown) => this.#world.fail(`${replica.name} does not start: ${String(error)}`))
  }

  #restartLater(place: number): void {
    const world = this.#world
    // After a power cut all of them may start at once, over what all of them left.
    world.schedule(undefined, world.chance(0.4) ? 10 : world.upTo(5_000), `place ${place} is started again`, () => {
      if (world.isHealed) return
      const replica = this.#running[place]
      if (replica?.isAlive && replica.isClosing) this.#restartLater(place)
      else if (!replica?.isAlive) this.#start(place)
    })
  }

  #schedule(delayMs: number): void {
    this.#world.schedule(undefined, delayMs, 'a call comes', () => {
      const world = this.#world
      const open = this.#running.filter((replica) => replica?.isOpen)
      const replica = world.pick(open)
      if (!replica) {
        // Nobody is there to take it; the caller tries again.
        this.#schedule(500)
        return
      }
      this.#callsToCome -= 1
      const { id } = world.pick(this.#clients)
      const hasHardBudget = this.#books.state.budgetsOf(id).some((budget) => budget.isHard)
      this.#calls.push(startCall({ world, replica, clientId: id, hasHardBudget, isSafe: (callId) => this.#isSafe(callId) }))
    })
  }

  #isSafe(callId: string): boolean {
    const { rows, deadLetters } = this.#books.state
    return rows.has(callId) || deadLetters.some((letter) => letter.callId === callId) || this.#places.some((disk) => disk?.isSafe(callId))
  }

  #addClient(): void {
    const world = this.#world
    const id = world.uuid()
    const timeZone = world.pick(Object.keys(offsets))
    const client = { id, timeZone, offsetMs: offsets[timeZone] ?? 0, releasesExpired: world.chance(0.1) }
    this.#clients.push(client)
    this.#books.state.clients.set(id, client)
    for (let n = world.upTo(3); n > 0; n -= 1) {
      const budget = this.#addBudget(id)
      if (budget) this.#steady.add(budget.id)
    }
  }

  #addBudget(clientId: string): ModelBudget | undefined {
    const world = this.#world
    const type = world.pick(['tokens', 'tokens', 'usd', 'brl'] as const)
    const period = world.pick(['daily', 'daily', 'weekly', 'monthly'] as const)
    const { state } = this.#books
    if (state.budgetsOf(clientId).some((budget) => budget.type === type && budget.period === period)) return undefined
    const alerts: ModelBudget['alerts'] = [world.chance(0.8), world.chance(0.8), world.chance(0.8)]
    const limit = this.#limit(type)
    const made = { createdAtMs: world.nowMs, isPaused: false, alerts }
    const budget = { id: world.uuid(), clientId, type, period, limit, isHard: world.chance(0.65), ...made }
    state.budgets.set(budget.id, budget)
    return budget
  }

  /** Of some calls, so that they are in each other's way. */
  #limit(type: ModelBudget['type']): bigint {
    const calls = 1 + this.#world.upTo(14)
    const ofOneCall = { tokens: 100n, usd: 60_000n, brl: 330_000n }[type]
    return BigInt(calls) * ofOneCall + BigInt(this.#world.upTo(99))
  }

  /** Before every step something may break, or somebody may change something. */
  #meddle(): void {
    const world = this.#world
    for (const place of this.#running.keys()) {
      const replica = this.#running[place]
      if (!replica?.isAlive) continue
      if (world.strikes('kill')) this.#kill(place)
      else if (replica.isOpen && world.strikes('graceful_restart')) this.#restart(place, replica)
      else if (world.strikes('stall')) replica.stallUntil(world.nowMs + world.upTo(6_000))
    }
    for (const disk of new Set(this.#places)) if (disk && world.strikes('power_cut')) this.#cutPower(disk)
    if (!this.#database.isAway && world.strikes('database_away')) this.#database.goAway(world.upTo(8_000))
    if (world.strikes('jump_past_expiry')) this.#jump(40_000)
    if (world.strikes('jump_past_midnight')) this.#jump(world.upTo(3) * 3_600_000)
    this.#changeBudgets()
  }

  #kill(place: number): void {
    const replica = this.#running[place] as Owner
    this.#world.note(`${replica.name} is killed`)
    this.#world.kill(replica)
    this.#restartLater(place)
  }

  #restart(place: number, replica: Replica): void {
    this.#world.note(`${replica.name} is stopped`)
    this.#close(replica)
    this.#restartLater(place)
  }

  #cutPower(disk: SimDisk): void {
    for (const [place, replica] of this.#running.entries()) if (replica?.isAlive && replica.disk === disk) this.#kill(place)
    disk.cutPower()
    this.#world.note('a disk has lost its power')
  }

  #jump(ms: number): void {
    this.#world.nowMs += ms
    this.#world.jumpedAtMs = this.#world.nowMs
    this.#world.note(`time jumps by ${ms} ms`)
  }

  #changeBudgets(): void {
    const world = this.#world
    const { state } = this.#books
    const budgets = [...state.budgets.values()].filter(({ isRetired }) => !isRetired)
    const [budget] = world.chance(0.3) && budgets.length > 0 ? [world.pick(budgets)] : []
    if (world.strikes('budget_created')) this.#addBudget(world.pick(this.#clients).id)
    if (!budget) return
    if (world.strikes('limit_lowered')) state.setLimit(budget, 1n + budget.limit / BigInt(2 + world.upTo(3)), world.nowMs)
    if (world.strikes('limit_raised')) state.setLimit(budget, budget.limit * 2n, world.nowMs)
    if (world.strikes('raised_for_a_while')) {
      state.setRaise(budget, { limit: budget.limit * BigInt(1 + world.upTo(3)), untilMs: world.nowMs + world.upTo(20_000) }, world.nowMs)
    }
    if (budget.isHard && world.strikes('hard_to_soft')) budget.isHard = false
    else if (!budget.isHard && world.strikes('soft_to_hard')) budget.isHard = true
    if (!budget.isPaused && world.strikes('paused')) budget.isPaused = true
    else if (budget.isPaused && world.strikes('unpaused')) budget.isPaused = false
    if (world.strikes('kind_changed')) {
      this.#changeKind(budget)
    } else if (world.strikes('budget_deleted')) {
      state.deleteBudget(budget.id)
      count(world.figures.calls, 'budget deleted')
    }
    this.#books.checkBalance()
  }

  #changeKind(budget: ModelBudget): void {
    const { type, period } = budget
    const others = { tokens: 'usd', usd: 'brl', brl: 'tokens' } as const
    const kind = this.#world.chance(0.7)
      ? { type: others[type], period }
      : ({ type, period: period === 'daily' ? 'monthly' : 'daily' } as const)
    const taken = this.#books.state.budgetsOf(budget.clientId).some((there) => there.type === kind.type && there.period === kind.period)
    if (taken) return
    changeKind(this.#books.state, budget, { ...kind, limit: this.#limit(kind.type), successorId: this.#world.uuid() }, this.#world.nowMs)
  }
}
