import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Target } from '../providers/index.ts'
import { type Choice, orderTargets } from './order-targets.ts'

/** mulberry32: as even as needed, and the same for the same seed. */
function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const names = ['a', 'b', 'c', 'd', 'e', 'f']

function choiceOf(weights: readonly number[], rest: Partial<Choice> = {}): Choice {
  return {
    strategy: 'weighted',
    models: weights.map((weight, index) => ({ identifier: `openai/${names[index]}`, via: undefined, weight })),
    costOf: () => 0n,
    speedOf: () => undefined,
    random: seeded(1),
    ...rest,
  }
}

function targetsOf({ models }: Choice, vias: readonly Target['via'][] = ['direct']): Target[][] {
  return models.map(({ identifier }) => vias.map((via) => ({ identifier, creator: 'openai', modelName: identifier.slice(7), via })))
}

function order(choice: Choice, vias?: readonly Target['via'][]): string[] {
  return orderTargets(choice, targetsOf(choice, vias)).map(({ modelName, via }) => (vias ? `${modelName} ${via}` : modelName))
}

test('weights: over 10,000 calls each target comes first as often as its weight says, within 2 % of the calls', () => {
  const calls = 10_000
  const seed = 20_261_122
  let worst = 0
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 1, maxLength: 6 }), fc.integer(), (weights, randomSeed) => {
      fc.pre(weights.some((weight) => weight > 0))
      const choice = choiceOf(weights, { random: seeded(randomSeed) })
      const targets = targetsOf(choice)
      const firsts = new Map<string, number>()
      for (let i = 0; i < calls; i += 1) {
        const first = orderTargets(choice, targets)[0]?.modelName ?? ''
        firsts.set(first, (firsts.get(first) ?? 0) + 1)
      }
      const total = weights.reduce((sum, weight) => sum + weight, 0)
      for (const [index, weight] of weights.entries()) {
        const share = (firsts.get(names[index] ?? '') ?? 0) / calls
        worst = Math.max(worst, Math.abs(share - weight / total))
        if (weight === 0) expect(share).toBe(0)
        expect(Math.abs(share - weight / total)).toBeLessThan(0.02)
      }
    }),
    { seed, numRuns: 12 },
  )
  console.log(`weights: seed ${seed}, 12 sets of weights, ${calls} calls each, furthest from its share: ${(worst * 100).toFixed(2)} %`)
})

test('weights: what fails is followed by the others by their weights, and a weight of 0 comes last', () => {
  const choice = choiceOf([0, 70, 20, 10], { random: seeded(7) })
  const seconds = { b: 0, c: 0, d: 0 }
  const lasts = new Set<string | undefined>()
  for (let i = 0; i < 10_000; i += 1) {
    const ordered = order(choice)
    lasts.add(ordered.at(-1))
    if (ordered[0] === 'b') seconds[ordered[1] as 'c' | 'd'] += 1
  }
  expect([...lasts]).toEqual(['a'])
  // Of 20 and 10 that are left, two thirds and one third.
  expect(seconds.c / (seconds.c + seconds.d)).toBeCloseTo(2 / 3, 1)
})

test('cheapest: by what the call can cost at the most, equals as listed, both routes of a model together', () => {
  const costs: Record<string, bigint> = { 'openai/a': 30n, 'openai/b': 10n, 'openai/c': 10n }
  const choice = choiceOf([1, 1, 1], { strategy: 'cheapest', costOf: (identifier) => costs[identifier] ?? 0n })
  expect(order(choice)).toEqual(['b', 'c', 'a'])
  expect(order(choice, ['vercel', 'direct']).slice(0, 3)).toEqual(['b vercel', 'b direct', 'c vercel'])
})

test('fastest: by measured speed, each route for itself; what was not measured comes after, as listed', () => {
  const speeds: Record<string, number> = { 'b direct': 100, 'a vercel': 300 }
  const speedOf = ({ modelName, via }: Target) => speeds[`${modelName} ${via}`]
  const choice = choiceOf([1, 1], { strategy: 'fastest', speedOf, random: () => 0.5 })
  expect(order(choice, ['vercel', 'direct'])).toEqual(['b direct', 'a vercel', 'a direct', 'b vercel'])
})

test('fastest: one call in twenty measures another target, each as often as the others', () => {
  const choice = choiceOf([1, 1, 1], { strategy: 'fastest', speedOf: ({ modelName }) => modelName.charCodeAt(0), random: seeded(3) })
  const firsts: Record<string, number> = {}
  for (let i = 0; i < 10_000; i += 1) {
    const [first = ''] = order(choice)
    firsts[first] = (firsts[first] ?? 0) + 1
  }
  expect((firsts.a ?? 0) / 10_000).toBeCloseTo(0.95, 1)
  expect(Math.abs((firsts.b ?? 0) - 250)).toBeLessThan(75)
  expect(Math.abs((firsts.c ?? 0) - 250)).toBeLessThan(75)
})

test('ordered: as listed', () => {
  expect(order(choiceOf([1, 1, 1], { strategy: 'ordered' }), ['vercel', 'direct'])).toEqual([
    'a vercel',
    'a direct',
    'b vercel',
    'b direct',
    'c vercel',
    'c direct',
  ])
})
