import { describe, expect, it } from 'vitest'
import { keyProblem } from './key-problem.ts'
import { boxState, countDone, nextOpen, orderSteps, type Setup, stepState, steps } from './steps.ts'

const slots = [
  ['gateway', 'Vercel AI Gateway', 'vck_'],
  ['openai', 'OpenAI', 'sk-'],
  ['groq', 'Groq', 'gsk_'],
  ['anthropic', 'Anthropic', 'sk-ant-'],
  ['google', 'Google', 'AIza'],
] as const

/** As a fresh database has it; `statuses` of some boxes differ. */
function setupWith(statuses: Record<number, Setup['checks'][number]['status']>, isDemo = false): Setup {
  const fresh = new Set([2, 3, 4, 9, 11, 12, 13])
  return {
    checks: Array.from({ length: 17 }, (_, index) => index + 1).map((number) => ({
      number,
      name: String(number),
      status: statuses[number] ?? (number === 7 || number === 8 ? 'pass' : fresh.has(number) ? 'fail' : 'by_hand'),
      detail: '',
      fix: null,
    })),
    is_enabled: true,
    is_demo: isDemo,
    route: 'auto',
    gateway_url: null,
    keys: slots.map(([slot, display_name, prefix]) => ({
      slot,
      display_name,
      prefix,
      is_stored: false,
      is_optional: slot === 'anthropic' || slot === 'google',
      secret_id: null,
      problem: null,
    })),
    test_client: null,
    budgets: [],
    latest_test: null,
    latest_call: null,
  }
}

const all = Object.fromEntries(Array.from({ length: 17 }, (_, index) => [index + 1, 'pass'] as const))

describe('the steps', () => {
  it('have each of the 17 boxes once', () => {
    expect(steps.flatMap(({ boxes }) => boxes as readonly number[])).toEqual(Array.from({ length: 17 }, (_, index) => index + 1))
  })

  it('of an empty database begin with the first one, and those that are done come last', () => {
    const setup = setupWith({})
    expect(nextOpen(setup)).toBe('vercel')
    expect(orderSteps(setup).at(-1)).toBe('flag')
    expect(countDone(setup)).toBe(2)
  })

  it('of the demo begin with the test, because it needs no keys', () => {
    const setup = setupWith({ 12: 'pass', 13: 'pass', 14: 'pass' }, true)
    expect(nextOpen(setup)).toBe('test')
    expect(stepState(setup, 'providers')).toBe('later')
    expect(nextOpen(setupWith({ ...all, 2: 'fail', 3: 'fail', 9: 'fail', 11: 'fail' }, true))).toBeUndefined()
  })

  it('are done without the optional keys, and not without a budget or a test', () => {
    const setup = setupWith({ ...all, 5: 'by_hand', 6: 'by_hand', 9: 'by_hand' })
    expect(nextOpen(setup)).toBeUndefined()
    expect(boxState(setup, 5)).toBe('optional')
    expect(nextOpen(setupWith({ ...all, 14: 'by_hand' }))).toBe('client')
    expect(nextOpen(setupWith({ ...all, 17: 'by_hand' }))).toBe('test')
  })

  it('tell what is wrong from what is missing', () => {
    const setup = setupWith({})
    expect(boxState(setup, 3)).toBe('todo')
    const keys = setup.keys.map((key) => (key.slot === 'openai' ? { ...key, is_stored: true, problem: 'OpenAI refused the key' } : key))
    expect(boxState({ ...setup, keys }, 3)).toBe('failed')
    expect(boxState(setupWith({ ...all, 15: 'fail' }), 15)).toBe('failed')
  })
})

it.each([
  ['', 'openai', { code: 'required' }],
  ['sk-test a', 'openai', { code: 'blank' }],
  ['sk-tést', 'openai', { code: 'characters' }],
  ['sk-', 'openai', { code: 'short' }],
  ['abc', 'groq', { code: 'prefix' }],
  ['sk-ant-test', 'openai', { code: 'other', owner: 'Anthropic' }],
  ['sk-test', 'groq', { code: 'other', owner: 'OpenAI' }],
  ['sk-test', 'openai', undefined],
  ['vck_test', 'gateway', undefined],
] as const)('finds in the key %j for %s: %j', (key, slot, problem) => {
  expect(keyProblem(key, slot, setupWith({}).keys)).toEqual(problem)
})
