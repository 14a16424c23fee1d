import { expect, test } from 'vitest'
import type { Target } from '../providers/index.ts'
import { TargetSpeeds } from './target-speeds.ts'

const target: Target = { identifier: 'openai/gpt-4o-mini', creator: 'openai', modelName: 'gpt-4o-mini', via: 'direct' }

test('a moving average for each route and kind of answer', () => {
  const speeds = new TargetSpeeds()
  expect(speeds.find(target, 'stream')).toBeUndefined()
  speeds.note(target, 'stream', 1_000)
  speeds.note(target, 'stream', 500)
  expect(speeds.find(target, 'stream')).toBe(900)
  expect(speeds.find(target, 'whole')).toBeUndefined()
  expect(speeds.find({ ...target, via: 'vercel' }, 'stream')).toBeUndefined()
  for (let i = 0; i < 50; i += 1) speeds.note(target, 'stream', 200)
  expect(speeds.find(target, 'stream')).toBeCloseTo(200, 0)
})

test('made-up names take bounded memory, and push out what was measured longest ago', () => {
  const speeds = new TargetSpeeds()
  speeds.note(target, 'stream', 1)
  for (let i = 0; i < 2_000; i += 1) speeds.note({ ...target, identifier: `openai/gpt-4o-${i}` }, 'stream', i)
  expect(speeds.find(target, 'stream')).toBeUndefined()
  expect(speeds.find({ ...target, identifier: 'openai/gpt-4o-0' }, 'stream')).toBe(0)
})
