/**
 * The ledger's tables in memory, for the simulator: what ledger_reserve and the others do to them is in the files beside this one.
 * Trusted only because conformance.test.ts runs the same statements on PostgreSQL and compares. Amounts are bigint, instants are
 * milliseconds. Statements take effect one after another, each whole or not at all.
 */

export type BudgetType = 'tokens' | 'usd' | 'brl'
export type BudgetPeriod = 'daily' | 'weekly' | 'monthly'

export interface ModelClient {
  id: string
  /** Of its time zone, which has no daylight saving here: those days are the business of periods.test.ts. */
  offsetMs: number
  timeZone: string
  releasesExpired: boolean
}

export interface ModelBudget {
  id: string
  clientId: string
  type: BudgetType
  period: BudgetPeriod
  limit: bigint
  isHard: boolean
  isPaused: boolean
  /** Of 80, 90 and 100 per cent. */
  alerts: [boolean, boolean, boolean]
  /** When the first of those was made whose place it took, one after the other. */
  createdAtMs: number
  raise?: Raise | undefined
  /** Another has taken its place. */
  isRetired?: boolean
}

export interface Raise {
  limit: bigint
  untilMs: number
}

export interface ModelPeriod {
  budgetId: string
  startMs: number
  endMs: number
  /** Without a raise: see `limitAt`. */
  limit: bigint
  raise: Raise | undefined
  used: bigint
  reserved: bigint
  /** What calls before a change of kind had used; and how many rows there were then, undefined where it began with nothing. */
  opening: bigint
  openedUpto: number | undefined
}

export interface JsonBound {
  fixed: string
  per_million: string
}

export type JsonBounds = Partial<Record<BudgetType, JsonBound | null>>

export interface Admission {
  callId: string
  clientId: string
  replica: string
  admittedAtMs: number
  expiresAtMs: number
  bounds: JsonBounds
  outputTokens: bigint
  estimate: JsonRecord
}

export interface Hold {
  callId: string
  budgetId: string
  startMs: number
  amount: bigint
}

export interface Charge {
  budgetId: string
  startMs: number
  amount: bigint
}

export interface UsageRow {
  callId: string
  createdAtMs: number
  clientId: string
  status: string
  flags: string[]
  inputTokens: bigint
  outputTokens: bigint
  totalTokens: bigint
  /** Nano-units. */
  costUsd: bigint | undefined
  costBrl: bigint | undefined
  charges: Charge[]
}

export interface Adjustment {
  callId: string
  budgetId: string | undefined
  startMs: number | undefined
  amount: bigint
  reason: 'late_release' | 'late_settlement'
  truth: Incoming
}

export interface Alert {
  budgetId: string
  startMs: number
  /** Undefined: the limit was passed, or refused a call. */
  threshold: number | undefined
  used: bigint
  limit: bigint
}

export interface DeadLetter {
  callId: string | undefined
  reason: string
}

/** A usage row as JSON: an element of what `ledger_settle` takes. */
export interface JsonRecord {
  call_id?: string
  client_id?: string
  created_at?: string
  void?: boolean
  unadmitted?: boolean
  status?: string
  flags?: string[]
  conversation_id?: string
  input_tokens?: number
  output_tokens?: number
  total_tokens?: number
  cost_usd?: string
  cost_brl?: string
}

/** An element of what settle takes, read. */
export interface Incoming extends Omit<UsageRow, 'status' | 'charges'> {
  /** Undefined: it never came to pass. */
  status: string | undefined
  unadmitted: boolean
}

/** An error as PostgreSQL reports it. */
export class SqlError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** Mistakes that can be made on purpose, to see whether the simulator finds them. */
export interface ModelBugs {
  /** Reserve looks at what is used and forgets what other calls hold. */
  ignoresReserved?: boolean
  /** Settle forgets that a call can be told twice. */
  insertsTwice?: boolean
  /** Settle frees nothing for a void record. */
  forgetsVoid?: boolean
  /** Expired holds are freed and no row is written. */
  dropsExpired?: boolean
  /** Late truth is not told. */
  forgetsLateTruth?: boolean
  /** What is used is not moved. */
  forgetsCounter?: boolean
}

export class ModelState {
  readonly clients = new Map<string, ModelClient>()
  readonly budgets = new Map<string, ModelBudget>()
  /** By `keyOf`. */
  readonly periods = new Map<string, ModelPeriod>()
  readonly admissions = new Map<string, Admission>()
  readonly holds = new Map<string, Hold[]>()
  /** All rows of a call: the ledger sees to it that there is never more than one. */
  readonly rows = new Map<string, UsageRow[]>()
  /** The same, in the order in which they were inserted. */
  readonly rowLog: UsageRow[] = []
  readonly adjustments: Adjustment[] = []
  readonly alerts: Alert[] = []
  readonly deadLetters: DeadLetter[] = []
  bugs: ModelBugs = {}

  /** Those that count, by id, as the ledger's locks are ordered. */
  budgetsOf(clientId: string): ModelBudget[] {
    const counts = (budget: ModelBudget) => budget.clientId === clientId && !budget.isRetired
    return [...this.budgets.values()].filter(counts).sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  /** Makes it if need be. */
  periodAt(budget: ModelBudget, atMs: number): ModelPeriod {
    const client = this.clients.get(budget.clientId)
    if (!client) throw new Error(`no client ${budget.clientId}`)
    const startMs = periodStart(budget.period, client.offsetMs, atMs)
    const key = keyOf(budget.id, startMs)
    let period = this.periods.get(key)
    if (!period) {
      const endMs = periodEnd(budget.period, client.offsetMs, startMs)
      const { id: budgetId, limit, raise } = budget
      period = { budgetId, startMs, endMs, limit, raise, used: 0n, reserved: 0n, opening: 0n, openedUpto: undefined }
      this.periods.set(key, period)
    }
    return period
  }

  setLimit(budget: ModelBudget, limit: bigint, nowMs: number): void {
    budget.limit = limit
    this.#carry(budget, nowMs)
  }

  setRaise(budget: ModelBudget, raise: Raise | undefined, nowMs: number): void {
    budget.raise = raise
    this.#carry(budget, nowMs)
  }

  /** Into every period that has not ended. */
  #carry({ id, limit, raise }: ModelBudget, nowMs: number): void {
    for (const period of this.periods.values()) if (period.budgetId === id && period.endMs > nowMs) Object.assign(period, { limit, raise })
  }

  deleteBudget(budgetId: string): void {
    this.budgets.delete(budgetId)
    for (const [key, period] of this.periods) if (period.budgetId === budgetId) this.periods.delete(key)
    for (const [callId, holds] of this.holds) {
      this.holds.set(
        callId,
        holds.filter((hold) => hold.budgetId !== budgetId),
      )
    }
    removeWhere(this.alerts, (alert) => alert.budgetId === budgetId)
  }
}

/** ledger_period_limit: the limit in force. */
export function limitAt({ limit, raise }: ModelPeriod, atMs: number): bigint {
  return raise && raise.untilMs > atMs && raise.limit > limit ? raise.limit : limit
}

export function keyOf(budgetId: string, startMs: number): string {
  return `${budgetId}@${startMs}`
}

/** What a bound amounts to at so many output tokens. */
export function boundAmount(bound: JsonBound, output: bigint): bigint {
  return BigInt(bound.fixed) - floorDivide(-output * BigInt(bound.per_million), 1_000_000n)
}

export function floorDivide(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor
  return dividend % divisor !== 0n && dividend < 0n !== divisor < 0n ? quotient - 1n : quotient
}

const dayMs = 86_400_000

export function periodStart(period: BudgetPeriod, offsetMs: number, atMs: number): number {
  const day = Math.floor((atMs + offsetMs) / dayMs)
  if (period === 'daily') return day * dayMs - offsetMs
  // 1970 began on a Thursday; weeks begin on Monday.
  if (period === 'weekly') return (day - ((((day + 3) % 7) + 7) % 7)) * dayMs - offsetMs
  const local = new Date(day * dayMs)
  return Date.UTC(local.getUTCFullYear(), local.getUTCMonth(), 1) - offsetMs
}

export function periodEnd(period: BudgetPeriod, offsetMs: number, startMs: number): number {
  if (period !== 'monthly') return startMs + (period === 'daily' ? 1 : 7) * dayMs
  const local = new Date(startMs + offsetMs)
  return Date.UTC(local.getUTCFullYear(), local.getUTCMonth() + 1, 1) - offsetMs
}

function removeWhere<T>(items: T[], isGone: (item: T) => boolean): void {
  for (let i = items.length - 1; i >= 0; i -= 1) if (isGone(items[i] as T)) items.splice(i, 1)
}
