import { describe, expect, it } from 'vitest'
import { sharedKeySlots } from '../shared-keys.ts'
import { runChecklist } from './checklist.ts'
import type { Facts } from './gather-facts.ts'
import { runOwnChecks } from './own-checks.ts'

const call = {
  created_at: new Date('2026-11-22T12:00:00Z'),
  status: 'ok',
  error_code: null,
  provider: 'openai',
  model_name: 'gpt-4o-mini',
  total_tokens: 25n,
  cost_brl: '0.0001',
  was_cached: false,
}

/** Everything as the guide wants it. */
const good: Facts = {
  isEnabled: true,
  gatewayUrl: 'http://127.0.0.1:3000',
  port: 3000,
  route: 'auto',
  keys: sharedKeySlots.map((slot) => ({ slot, id: '00000000-0000-4000-8000-000000000000', problem: undefined })),
  ownProviders: [],
  clientCount: 1,
  testClient: {
    id: '123e4567-e89b-12d3-a456-426614174000',
    name: 'Luis Boff',
    slug: 'luisboff',
    plan: 'pro',
    isActive: true,
    usesGateway: true,
    timeZone: 'America/Sao_Paulo',
    locale: 'pt-BR',
    primaryModel: 'openai/gpt-4o-mini',
    fallbackChain: undefined,
    defaultMaxOutputTokens: undefined,
    semanticCache: undefined,
    guardrails: undefined,
    requestsPerMinute: undefined,
    maxConcurrentCalls: undefined,
    tokensPerMinute: undefined,
    usesCache: undefined,
    cacheEpoch: 0,
    portalMayManageKeys: false,
    messageRetentionDays: undefined,
    hasHardBudget: false,
    isPaused: false,
  },
  budgets: [
    {
      id: 'b',
      clientId: 'c',
      clientSlug: 'luisboff',
      timeZone: 'America/Sao_Paulo',
      type: 'tokens',
      period: 'daily',
      limit: 100_000n,
      usualLimit: 100_000n,
      raisedUntil: undefined,
      alerts: [80, 90, 100],
      used: 25n,
      reserved: 0n,
      percentage: '0.03',
      isHard: false,
      isPaused: false,
      isFromPlan: false,
      resetsAt: new Date('2026-11-23T03:00:00Z'),
    },
  ],
  latestCall: call,
  latestTest: call,
  books: { deadLetters: 0, unbalanced: [] },
  quote: { rate: '5.4828', source: 'ptax', quotedAt: new Date('2026-11-21T16:00:00Z'), stale: false },
  clientsInReais: 2,
  nowMs: Date.parse('2026-11-22T16:30:00Z'),
  modelCount: 115,
  postgres: '18.4',
  isEmbedded: true,
  vaultKind: 'own',
  applied: [],
  migrations: { missing: [], unknown: [] },
  limited: [],
}

function withKeys(change: (key: Facts['keys'][number]) => Partial<Facts['keys'][number]>): Facts {
  return { ...good, keys: good.keys.map((key) => ({ ...key, ...change(key) })) }
}

/** The numbers of the checks with this status. */
function numbers(facts: Facts, status: string): (number | undefined)[] {
  return runChecklist(facts)
    .filter((check) => check.status === status)
    .map(({ number }) => number)
}

describe('the checklist', () => {
  it("has the guide's 17 points, all passed by an installation as the guide makes it", () => {
    expect(numbers(good, 'pass')).toEqual(Array.from({ length: 17 }, (_, index) => index + 1))
    expect(runOwnChecks(good).map(({ status }) => status)).toEqual(['pass', 'pass', 'pass', 'pass'])
  })

  it('says what is missing on a fresh one, and how to put it right', () => {
    const fresh: Facts = {
      ...withKeys(() => ({ id: undefined })),
      isEnabled: false,
      gatewayUrl: undefined,
      clientCount: 0,
      testClient: undefined,
      budgets: [],
      latestCall: undefined,
      latestTest: undefined,
    }
    expect(numbers(fresh, 'fail')).toEqual([2, 3, 4, 7, 9, 11, 12, 13])
    expect(numbers(fresh, 'pass')).toEqual([])
    for (const check of runChecklist(fresh)) expect(check.fix, check.name).toBeTruthy()
  })

  it('does not ask for the two optional keys', () => {
    const facts = withKeys(({ slot }) => (/anthropic|google/.test(slot.key) ? { id: undefined } : {}))
    expect(numbers(facts, 'fail')).toEqual([])
    expect(numbers(facts, 'by_hand')).toEqual([5, 6, 9])
  })

  it('does not ask for a gateway key where every call goes direct', () => {
    const facts = withKeys(({ slot }) => (slot.key === 'gateway' ? { id: undefined } : {}))
    expect(numbers({ ...facts, route: 'direct' }, 'fail')).toEqual([])
    expect(numbers(facts, 'fail')).toEqual([2])
  })

  it('names a key that does not open, and one that its provider refused', () => {
    const broken = withKeys(({ slot }) => (slot.key === 'groq' ? { problem: 'Failed to decrypt key: groq' } : {}))
    expect(numbers(broken, 'fail')).toEqual([4, 10])
    const refused = withKeys(({ slot }) => (slot.key === 'openai' ? { problem: 'OpenAI refused the key (status 401)' } : {}))
    expect(numbers(refused, 'fail')).toEqual([3])
  })

  it.each([
    [15, { latestTest: { ...call, status: 'error', error_code: 'upstream_auth' } }],
    [16, { books: { deadLetters: 2, unbalanced: [] } }],
    [17, { books: { deadLetters: 0, unbalanced: ['luisboff, tokens daily: counter 26, rows 25'] } }],
    [11, { route: undefined }],
  ] as const)('fails %i for what went wrong there', (number, change) => {
    expect(numbers({ ...good, ...change } as Facts, 'fail')).toEqual([number])
  })

  it('says that the schema is another version’s, older or newer', () => {
    const schema = (migrations: Facts['migrations']) => runOwnChecks({ ...good, migrations }).find(({ name }) => name === 'Schema')
    expect(schema({ missing: ['20990101000000_x'], unknown: [] })).toMatchObject({
      status: 'fail',
      fix: expect.stringContaining('migrate'),
    })
    expect(schema({ missing: [], unknown: ['20990101000000_x'] })).toMatchObject({
      status: 'by_hand',
      detail: 'newer than this program, which runs on it: 20990101000000_x',
    })
  })

  it('is not content with an old exchange rate, nor with none', () => {
    const rate = (quote: Facts['quote'], clientsInReais = 2) =>
      runOwnChecks({ ...good, quote, clientsInReais }).find(({ name }) => name === 'Exchange rate')
    expect(rate(good.quote)?.detail).toBe('R$ 5.4828 a dollar (ptax, 2026-11-21), 24 h old; 2 clients have a budget in reais')
    expect(rate(good.quote && { ...good.quote, quotedAt: new Date('2026-11-17T16:00:00Z'), stale: true }, 0)).toMatchObject({
      status: 'by_hand',
      detail: 'R$ 5.4828 a dollar (ptax, 2026-11-17): 5 days old, more than 72 h; no client has a budget in reais',
    })
    expect(rate(undefined)?.status).toBe('fail')
  })
})
