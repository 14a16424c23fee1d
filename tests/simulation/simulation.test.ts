import { expect, test } from 'vitest'
import type { Ledger } from '../../src/ledger/index.ts'
import { addFigures, newFigures, showCounts } from './figures.ts'
import { runSeed, type Sabotage, type SeedResult } from './run-seed.ts'
import { attemptKinds } from './sim-provider.ts'
import { faults } from './world.ts'

const isLong = process.env.CATRACA_TEST_LONG === '1'
const only = process.env.CATRACA_SIM_SEED
const seeds = isLong ? 100_000 : 1_000
const progressEvery = 5_000

test(`${only === undefined ? `${seeds} seeds` : `seed ${only}`}: no invariant breaks`, { timeout: 7_200_000 }, async () => {
  const sum = newFigures()
  const startedMs = performance.now()
  const from = only === undefined ? 0 : Number(only)
  const count = only === undefined ? seeds : 1
  for (let done = 1; done <= count; done += 1) {
    const result = await runSeed(from + done - 1)
    addFigures(sum, result.figures)
    if (result.violation !== undefined) throw new Error(report(result))
    if (done % progressEvery === 0 || done === count) show(done, startedMs, sum)
  }
  if (only !== undefined) return
  // A fault or an outcome that never comes is none that was tested.
  for (const fault of faults) expect(sum.faults[fault] ?? 0, fault).toBeGreaterThan(0)
  for (const kind of attemptKinds) expect(sum.attempts[kind] ?? 0, kind).toBeGreaterThan(0)
  for (const outcome of outcomes) expect(sum.calls[outcome] ?? 0, outcome).toBeGreaterThan(0)
})

const outcomes = [
  'served',
  'left in time',
  'read to the end for nobody',
  'refused: budget_exceeded',
  'refused: budget_busy',
  'refused: client_paused',
  'refused: ledger_unavailable',
  'refused: no_exchange_rate',
  'row: ok',
  'row: error',
  'row: cancelled',
  'row: estimated',
  'row: orphaned',
  'row: over_hold',
  'row: late truth',
]

function show(done: number, startedMs: number, sum: ReturnType<typeof newFigures>): void {
  const seconds = (performance.now() - startedMs) / 1_000
  console.log(
    [
      `simulation: ${done} seeds, ${sum.events} events in ${seconds.toFixed(1)} s (${(done / seconds).toFixed(0)} seeds/s)`,
      `  faults: ${showCounts(sum.faults)}`,
      `  attempts: ${showCounts(sum.attempts)}`,
      `  calls: ${showCounts(sum.calls)}`,
    ].join('\n'),
  )
}

function report({ seed, violation, trace }: SeedResult): string {
  return [
    `seed ${seed}: ${violation}`,
    'its last events (step, instant, what):',
    ...trace.map((line) => `  ${line}`),
    `again: CATRACA_SIM_SEED=${seed} npx vitest run --project main tests/simulation/simulation.test.ts`,
  ].join('\n')
}

test('a seed is the same run every time, to the last step', async () => {
  for (let seed = 0; seed < 25; seed += 1) {
    const [first, second] = [await runSeed(seed), await runSeed(seed)]
    expect(second).toEqual(first)
    expect((await runSeed(seed + 1)).hash).not.toBe(first.hash)
  }
})

/** The real ledger but for some of its methods. */
function but(methods: (ledger: Ledger) => Partial<Ledger>): Sabotage {
  return { ledger: (ledger) => Object.assign(Object.create(ledger), methods(ledger)) as Ledger }
}

const mistakes: Record<string, Sabotage> = {
  'reserve forgets what others hold': { model: { ignoresReserved: true } },
  'settle inserts a call twice': { model: { insertsTwice: true } },
  'settle forgets what is void': { model: { forgetsVoid: true } },
  'settle forgets the counter': { model: { forgetsCounter: true } },
  'late truth is forgotten': { model: { forgetsLateTruth: true } },
  'expired holds leave no row': { model: { dropsExpired: true } },
  'the disk says that it synced and did not': { disk: 'lies about sync' },
  'the last bytes go out before the record is safe': but((ledger) => ({
    settle: (record) => {
      ledger.settle(record).catch(() => {})
      return Promise.resolve()
    },
  })),
  'a call that could not be admitted leaves no note': but(() => ({ goOn: () => Promise.resolve() })),
  'a call that was left before it was sent is not released': but(() => ({ release: () => Promise.resolve() })),
  'a record is never kept': but(() => ({ settle: () => Promise.resolve() })),
}

test.each(Object.entries(mistakes))('finds a mistake made on purpose: %s', async (name, sabotage) => {
  const most = 400
  for (let seed = 0; seed < most; seed += 1) {
    const { violation } = await runSeed(seed, sabotage)
    if (violation === undefined) continue
    console.log(`${name}: found by seed ${seed}: ${violation.split('\n')[0]}`)
    return
  }
  expect.unreachable(`${most} seeds did not find it`)
})
