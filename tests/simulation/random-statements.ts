import { seededRandom } from '../_support/ledger.ts'
import type { KindChange } from './model/change-kind.ts'
import { type BudgetPeriod, type BudgetType, periodEnd, periodStart, type Raise } from './model/state.ts'

export interface MadeBudget {
  id: string
  clientId: string
  type: BudgetType
  period: BudgetPeriod
  limit: bigint
  isHard: boolean
  alerts: [boolean, boolean, boolean]
}

/** One statement, or something that an operator does. `now` is what the database's clock says. */
export type Statement = { now: string } & (
  | { kind: 'reserve'; calls: object[] }
  | { kind: 'reserve more'; callId: string; bounds: object; output: number; least: number }
  | { kind: 'settle'; records: object[] }
  | { kind: 'expire'; most: number }
  | { kind: 'set limit'; budgetId: string; limit: bigint }
  | { kind: 'raise'; budgetId: string; raise: Raise | undefined }
  | ({ kind: 'change kind'; budgetId: string } & KindChange)
  | { kind: 'alert refusal'; budgetId: string; periodEnd: string }
  | { kind: 'set hard'; budgetId: string; isHard: boolean }
  | { kind: 'set paused'; budgetId: string; isPaused: boolean }
  | { kind: 'delete'; budgetId: string }
  | { kind: 'create'; budget: MadeBudget }
)

export interface MadeClient {
  id: string
  timeZone: string
  offsetMs: number
  releasesExpired: boolean
}

interface MadeCall {
  callId: string
  clientId: string
  bounds: object
  /** A process's own clock, where nobody admitted it: all records of a call agree on that. */
  isUnadmitted: boolean
  createdAt: string
}

const zones = { UTC: 0, 'America/Sao_Paulo': -3 * 3_600_000, 'Asia/Kolkata': 5.5 * 3_600_000 }
/** A week, a month and a day end there. */
export const firstInstant = Date.parse('2027-01-31T23:30:00Z')

/** A random sequence of statements, of few calls and few budgets, so that they meet. The same seed makes the same. */
export class RandomStatements {
  readonly clients: MadeClient[] = []
  readonly #random: () => number
  readonly #calls: MadeCall[] = []
  readonly #budgets: MadeBudget[] = []
  #nowMs: number
  readonly #seed: number
  #made = 0

  constructor(seed: number) {
    this.#seed = seed
    this.#random = seededRandom(seed + 77)
    this.#nowMs = firstInstant + this.#upTo(3_600_000)
    for (let n = 1 + this.#upTo(1); n > 0; n -= 1) {
      const timeZone = this.#pick(Object.keys(zones) as (keyof typeof zones)[])
      this.clients.push({ id: this.#uuid(), timeZone, offsetMs: zones[timeZone], releasesExpired: this.#chance(0.2) })
    }
  }

  *make(count: number): Generator<Statement> {
    for (const client of this.clients) for (let n = this.#upTo(3); n > 0; n -= 1) yield* this.#create(client.id)
    for (let n = 0; n < count; n += 1) {
      this.#nowMs += this.#chance(0.06) ? this.#upTo(20 * 3_600_000) : this.#upTo(9_000)
      yield* this.#next()
    }
  }

  *#next(): Generator<Statement> {
    const now = this.#now()
    const draw = this.#random()
    if (draw < 0.3) yield { now, kind: 'reserve', calls: this.#newCalls() }
    else if (draw < 0.4) yield* this.#more()
    else if (draw < 0.72) yield { now, kind: 'settle', records: this.#records() }
    else if (draw < 0.8) yield { now, kind: 'expire', most: this.#chance(0.8) ? 500 : 1 }
    else yield* this.#change()
  }

  #newCalls(): object[] {
    const calls: object[] = []
    for (let n = 1 + this.#upTo(4); n > 0; n -= 1) {
      const repeated = this.#chance(0.02) && this.#calls.length > 0 ? this.#pick(this.#calls) : undefined
      const callId = repeated?.callId ?? this.#uuid()
      const { id: clientId } = this.#pick(this.clients)
      const bounds = this.#bounds()
      const output = 1 + this.#upTo(150)
      const isUnadmitted = this.#chance(0.2)
      const createdAt = isUnadmitted ? new Date(this.#nowMs - this.#upTo(60_000)).toISOString() : this.#now()
      const call = repeated ?? { callId, clientId, bounds, isUnadmitted, createdAt }
      if (!repeated) this.#calls.push(call)
      calls.push({
        call_id: callId,
        client_id: call.clientId,
        ttl_ms: 1_000 + this.#upTo(20_000),
        output,
        min_output: Math.min(16, output),
        last_chance: this.#chance(0.5),
        bounds,
        estimate: {
          source: 'test',
          api_type: 'chat',
          provider: 'openai',
          model_name: 'first',
          flags: this.#chance(0.1) ? ['x'] : [],
          ...defaults,
        },
      })
    }
    return calls
  }

  /** Prices that divide, and some that do not; some types without one. */
  #bounds(): object {
    const bound = (scale: number) => ({
      fixed: String(this.#upTo(50 * scale)),
      per_million: String(this.#upTo(2 * scale) * 1_000_000 + this.#upTo(999_999)),
    })
    return {
      tokens: { fixed: String(this.#upTo(50)), per_million: '1000000' },
      ...(this.#chance(0.9) && { usd: bound(600) }),
      ...(this.#chance(0.8) && { brl: this.#chance(0.05) ? { fixed: '70', per_million: '0' } : bound(3_000) }),
    }
  }

  *#more(): Generator<Statement> {
    const call = this.#recent()
    if (!call) return
    const bounds = call.bounds
    yield { now: this.#now(), kind: 'reserve more', callId: call.callId, bounds, output: 1 + this.#upTo(150), least: this.#upTo(20) }
  }

  #records(): object[] {
    const records = new Map<string, object>()
    for (let n = 1 + this.#upTo(4); n > 0; n -= 1) {
      const call = this.#recent()
      if (call) records.set(call.callId, this.#record(call))
    }
    const [first] = records.values()
    // A void and a real record of one call can meet in a batch.
    const twice = this.#chance(0.15) && first && !('void' in first) && 'call_id' in first
    return [...records.values(), ...(twice ? [{ call_id: first.call_id, void: true }] : [])]
  }

  #record({ callId, clientId, isUnadmitted, createdAt }: MadeCall): object {
    if (this.#chance(0.2)) return { call_id: callId, void: true }
    const input = this.#upTo(60)
    const output = this.#upTo(this.#chance(0.1) ? 2_000 : 150)
    return {
      ...defaults,
      call_id: callId,
      client_id: clientId,
      created_at: createdAt,
      ...(isUnadmitted && { unadmitted: true }),
      source: 'test',
      api_type: 'chat',
      provider: 'openai',
      model_name: 'first',
      input_tokens: input,
      output_tokens: output,
      total_tokens: input + output,
      cost_usd: `0.${String(this.#upTo(90_000)).padStart(9, '0')}`,
      ...(this.#chance(0.85) && { cost_brl: `0.${String(this.#upTo(500_000)).padStart(9, '0')}` }),
      status: this.#pick(['ok', 'ok', 'error', 'cancelled', 'estimated', 'orphaned']),
      flags: this.#chance(0.2) ? ['usage_missing'] : [],
      ...(this.#chance(0.02) && { conversation_id: 'no-uuid' }),
    }
  }

  *#change(): Generator<Statement> {
    const now = this.#now()
    const budget = this.#budgets.length > 0 ? this.#pick(this.#budgets) : undefined
    const draw = this.#random()
    if (!budget || draw < 0.2) yield* this.#create(this.#pick(this.clients).id)
    else if (draw < 0.35) yield { now, kind: 'set limit', budgetId: budget.id, limit: this.#limit(budget.type) }
    else if (draw < 0.43) yield { now, kind: 'raise', budgetId: budget.id, raise: this.#raise(budget.type) }
    else if (draw < 0.55) yield this.#changeKind(budget)
    else if (draw < 0.58) yield { now, kind: 'alert refusal', budgetId: budget.id, periodEnd: this.#periodEnd(budget) }
    else if (draw < 0.7) yield { now, kind: 'set hard', budgetId: budget.id, isHard: this.#chance(0.6) }
    else if (draw < 0.9) yield { now, kind: 'set paused', budgetId: budget.id, isPaused: this.#chance(0.3) }
    else {
      this.#budgets.splice(this.#budgets.indexOf(budget), 1)
      yield { now, kind: 'delete', budgetId: budget.id }
    }
  }

  #raise(type: BudgetType): Raise | undefined {
    return this.#chance(0.8) ? { limit: this.#limit(type), untilMs: this.#nowMs + this.#upTo(60_000) } : undefined
  }

  /** Where the client has one of that kind, both refuse it. */
  #changeKind(budget: MadeBudget): Statement {
    const { id: budgetId, clientId } = budget
    const others = { tokens: 'usd', usd: 'brl', brl: 'tokens' } as const
    const type = this.#chance(0.7) ? others[budget.type] : budget.type
    const period = type === budget.type ? (budget.period === 'daily' ? 'monthly' : 'daily') : budget.period
    const limit = this.#limit(type)
    const successorId = this.#uuid()
    const isThere = this.#budgets.some((there) => there.clientId === clientId && there.type === type && there.period === period)
    if (!isThere) Object.assign(budget, { id: successorId, type, period, limit })
    return { now: this.#now(), kind: 'change kind', budgetId, type, period, limit, successorId }
  }

  #periodEnd({ clientId, period }: MadeBudget): string {
    const offsetMs = this.clients.find(({ id }) => id === clientId)?.offsetMs ?? 0
    return new Date(periodEnd(period, offsetMs, periodStart(period, offsetMs, this.#nowMs))).toISOString()
  }

  *#create(clientId: string): Generator<Statement> {
    const type = this.#pick(['tokens', 'tokens', 'usd', 'brl'] as const)
    const period = this.#pick(['daily', 'weekly', 'monthly'] as const)
    if (this.#budgets.some((budget) => budget.clientId === clientId && budget.type === type && budget.period === period)) return
    const alerts: MadeBudget['alerts'] = [this.#chance(0.8), this.#chance(0.8), this.#chance(0.8)]
    const budget = { id: this.#uuid(), clientId, type, period, limit: this.#limit(type), isHard: this.#chance(0.6), alerts }
    this.#budgets.push(budget)
    yield { now: this.#now(), kind: 'create', budget }
  }

  #limit(type: BudgetType): bigint {
    const ofOneCall = { tokens: 150, usd: 120_000, brl: 600_000 }[type]
    return BigInt(1 + this.#upTo(ofOneCall * 8))
  }

  #recent(): MadeCall | undefined {
    return this.#calls.at(-1 - this.#upTo(Math.min(11, this.#calls.length)))
  }

  #now(): string {
    return new Date(this.#nowMs).toISOString()
  }

  #uuid(): string {
    this.#made += 1
    // In an order that is not that of their making: locks and refusals go by id.
    const mixed = Math.floor(this.#random() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, '0')
    return `${mixed}-${(this.#seed % 65_536).toString(16).padStart(4, '0')}-7000-8000-${this.#made.toString(16).padStart(12, '0')}`
  }

  #upTo(most: number): number {
    return Math.floor(this.#random() * (most + 1))
  }

  #pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random() * items.length)] as T
  }

  #chance(probability: number): boolean {
    return this.#random() < probability
  }
}

/** Columns that must not be null, as to-row.ts fills them. */
const defaults = {
  cached_tokens: 0,
  cache_write_tokens: 0,
  reasoning_tokens: 0,
  was_cached: false,
  was_fallback: false,
  attempts: [],
  input_tokens: 0,
  output_tokens: 0,
  total_tokens: 0,
}
