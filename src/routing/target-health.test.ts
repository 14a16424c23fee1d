import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Target } from '../providers/index.ts'
import { type GatewayError, InvalidRequestError, UpstreamRejectedError, UpstreamUnavailableError } from '../shared/errors.ts'
import { TargetHealth, type Trial } from './target-health.ts'

const target = (name: string): Target => ({ identifier: `openai/${name}`, creator: 'openai', modelName: name, via: 'direct' })
const [bad, good, third] = [target('bad'), target('good'), target('third')]
const all = [bad, good, third] as const

const answered = { error: undefined, finished: true }
const failed = (error: GatewayError) => ({ error, finished: false })
const overloaded = failed(new UpstreamUnavailableError('upstream_overloaded', 'x'))

function open({ failuresToOpen = 5, random = () => 0 }: { failuresToOpen?: number; random?: () => number } = {}) {
  const clock = { ms: 1_000_000, nowMs: () => clock.ms }
  const lines: string[] = []
  const log = { info: (line: string) => lines.push(line), warn: (line: string) => lines.push(line), error: () => {} }
  const health = new TargetHealth({ clock, log, failuresToOpen, random })
  const go = (outcome: Parameters<TargetHealth['report']>[1], targets: readonly [Target, ...Target[]] = all, callerIsGone = false) => {
    const trial = health.choose(targets)
    health.report(trial, outcome, callerIsGone)
    return trial.target
  }
  return { clock, lines, health, go }
}

function opened(outcome = overloaded) {
  const opened = open()
  for (let i = 0; i < 5; i += 1) opened.go(outcome)
  return opened
}

test('five failures in a row, and the others are tried first; one answer in between begins the count anew', () => {
  const { go, health, lines } = open()
  for (let i = 0; i < 4; i += 1) expect(go(overloaded)).toBe(bad)
  expect(go(answered)).toBe(bad)
  for (let i = 0; i < 5; i += 1) expect(go(overloaded)).toBe(bad)
  expect(go(answered)).toBe(good)
  expect(health.failureOf(bad)).toBe('upstream_overloaded')
  expect(health.failureOf(good)).toBeUndefined()
  expect(lines).toEqual([
    '[AI Gateway] openai/bad via direct fails (5 in a row: upstream_overloaded); other targets are tried first for 10 s',
  ])
})

test('one probe at a time, after a cool-down; an answer ends it', () => {
  const { go, health, clock, lines } = opened()
  clock.ms += 9_999
  expect(go(answered)).toBe(good)
  clock.ms += 1
  const probe = health.choose(all)
  expect(probe.target).toBe(bad)
  expect(go(answered)).toBe(good)
  health.report(probe, answered, false)
  expect(go(answered)).toBe(bad)
  expect(lines.at(-1)).toBe('[AI Gateway] openai/bad via direct answers again')
})

test('a probe that tells nothing makes room for the next', () => {
  const { go, health, clock } = opened()
  clock.ms += 10_000
  health.report(health.choose(all), undefined, false)
  expect(go(overloaded, all, true)).toBe(bad)
  expect(go(answered)).toBe(bad)
  expect(health.failureOf(bad)).toBeUndefined()
})

test('after a probe that failed, the next waits twice as long and for a hundred calls, or for five minutes', () => {
  const { go, clock, lines } = opened()
  clock.ms += 10_000
  expect(go(overloaded)).toBe(bad)
  for (let i = 0; i < 99; i += 1) expect(go(answered)).toBe(good)
  clock.ms += 19_999
  expect(go(answered)).toBe(good)
  clock.ms += 1
  expect(go(overloaded)).toBe(bad)
  clock.ms += 299_999
  expect(go(answered)).toBe(good)
  clock.ms += 1
  expect(go(overloaded)).toBe(bad)
  expect(lines).toHaveLength(1)
})

test('a provider that says how long it needs is left alone for so long, but no longer than five minutes', () => {
  for (const [retryAfterMs, quietMs] of [
    [1_000, 10_000],
    [60_000, 60_000],
    [86_400_000, 300_000],
  ] as const) {
    const { go, clock } = opened(failed(new UpstreamUnavailableError('upstream_rate_limited', 'x', { retryAfterMs })))
    clock.ms += quietMs - 1
    expect(go(answered)).toBe(good)
    clock.ms += 1
    expect(go(answered)).toBe(bad)
  }
})

test('when all fail, the first is tried all the same, and its answer counts', () => {
  const { go, health } = opened()
  for (const each of [good, third]) for (let i = 0; i < 5; i += 1) go(overloaded, [each])
  for (let i = 0; i < 20; i += 1) expect(go(overloaded)).toBe(bad)
  expect(go(answered)).toBe(bad)
  expect(health.failureOf(bad)).toBeUndefined()
})

test.each([
  ['a call that is wrong itself', failed(new UpstreamRejectedError('upstream_invalid_request', 'x')), false],
  ['our own refusal', failed(new InvalidRequestError('invalid_body', 'x')), false],
  ['a caller who left', overloaded, true],
  ['a call whose time was up', failed(new UpstreamUnavailableError('upstream_timeout', 'x', { details: { timeout: 'total' } })), false],
] as const)('%s says nothing of the target', (_name, outcome, callerIsGone) => {
  const { go, health } = open()
  for (let i = 0; i < 50; i += 1) expect(go(outcome, all, callerIsGone)).toBe(bad)
  expect(health.size).toBe(0)
})

test('what began before the last change tells nothing of the time after it', () => {
  const { health, go, clock } = open()
  const early = Array.from({ length: 20 }, () => health.choose(all))
  for (const trial of early.slice(0, 5)) health.report(trial, overloaded, false)
  health.report(early[5] as Trial, answered, false)
  expect(health.failureOf(bad)).toBe('upstream_overloaded')
  clock.ms += 10_000
  expect(go(answered)).toBe(bad)
  for (const trial of early.slice(6)) health.report(trial, overloaded, false)
  expect(health.failureOf(bad)).toBeUndefined()
})

test('0 switches it off, and names that callers make up take no memory without end', () => {
  const { go, health } = open({ failuresToOpen: 0 })
  for (let i = 0; i < 50; i += 1) expect(go(overloaded)).toBe(bad)
  for (let i = 0; i < 5_000; i += 1) go(overloaded, [target(`made-up-${i}`)])
  expect(health.size).toBe(1_000)
})

type Step = { advanceMs: number; outcome: 'answered' | 'overloaded' | 'wrong'; overlap: boolean }
const steps = fc.array(
  fc.record<Step>({
    advanceMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 20_000 })),
    outcome: fc.constantFrom('answered', 'overloaded', 'overloaded', 'wrong'),
    overlap: fc.boolean(),
  }),
  { maxLength: 300 },
)

test('in any order of events: a healthy target goes first, a failing one is probed by one call at a time, none is ever lost', () => {
  fc.assert(
    fc.property(steps, fc.double({ min: 0, max: 1, noNaN: true }), (events, jitter) => {
      const { clock, health } = open({ random: () => jitter })
      const running: { trial: Trial; outcome: Step['outcome'] }[] = []
      const end = ({ trial, outcome }: (typeof running)[number]) =>
        health.report(trial, outcome === 'answered' ? answered : outcome === 'overloaded' ? overloaded : undefined, false)
      for (const { advanceMs, outcome, overlap } of events) {
        clock.ms += advanceMs
        const wasFailing = all.map((each) => health.failureOf(each) !== undefined)
        const trial = health.choose(all)
        running.push({ trial, outcome })
        const index = all.indexOf(trial.target)
        // Whoever stands before the chosen one is failing.
        expect(wasFailing.slice(0, index)).not.toContain(false)
        if (wasFailing[index] && wasFailing.includes(false)) expect(trial.probed).toBeDefined()
        for (const each of all) expect(running.filter((one) => one.trial.probed && one.trial.target === each).length).toBeLessThanOrEqual(1)
        if (!overlap) for (const one of running.splice(0)) end(one)
      }
      // Time enough, and every target that answers is back.
      for (const one of running.splice(0)) end(one)
      for (let i = 0; i < all.length; i += 1) {
        clock.ms += 400_000
        health.report(health.choose(all), answered, false)
      }
      expect(health.choose(all).target).toBe(bad)
    }),
    { numRuns: 300 },
  )
})

test('a target that always fails sees under 1 % of the calls after the first five failures, whatever the rate of calls', () => {
  const shares: string[] = []
  for (const everyMs of [10, 100, 1_000, 2_500]) {
    const { go, clock } = open()
    const calls = 10_000
    let asked = 0
    for (let i = 0; i < calls; i += 1) {
      clock.ms += everyMs
      if (go(overloaded) === bad) asked += 1
      go(answered, [good])
    }
    shares.push(`a call every ${everyMs} ms: ${(((asked - 5) / calls) * 100).toFixed(2)} %`)
    expect(asked - 5).toBeLessThan(calls / 100)
  }
  console.log(shares.join(', '))
})
