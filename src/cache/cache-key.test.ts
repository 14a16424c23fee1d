import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type CachedRequest, hashRequest } from './cache-key.ts'

const base: CachedRequest = {
  clientId: '0192d3a0-0000-7000-8000-000000000001',
  keyId: '0192d3a0-0000-7000-8000-000000000002',
  epoch: 0,
  kind: 'POST /v1/chat/completions',
  model: 'openai/gpt-4o-mini',
  body: { messages: [{ role: 'user', content: 'oi' }], temperature: 0 },
}
const hash = (more: Partial<CachedRequest> = {}) => hashRequest({ ...base, ...more })?.toString('hex')

/** The same value, the members of its objects in another order. */
function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, member]) => [name, shuffled(member)]),
  )
}

test('every part of a request tells it apart', () => {
  const parts: Partial<CachedRequest>[] = [
    { clientId: '0192d3a0-0000-7000-8000-000000000003' },
    { keyId: undefined },
    { keyId: '0192d3a0-0000-7000-8000-000000000004' },
    { epoch: 1 },
    { kind: 'POST /v1/messages' },
    { model: 'openai/gpt-4o' },
    { body: { ...base.body, temperature: 0.1 } },
    { body: { ...base.body, messages: [{ role: 'system', content: 'oi' }] } },
  ]
  expect(new Set([hash(), ...parts.map(hash)]).size).toBe(parts.length + 1)
  // Parts do not run together.
  expect(hash({ kind: 'ab', model: 'c' })).not.toBe(hash({ kind: 'a', model: 'bc' }))
})

test('bodies are one exactly when they say the same', () => {
  const body = fc.dictionary(fc.string({ maxLength: 4 }), fc.jsonValue({ maxDepth: 4 }), { maxKeys: 4 })
  const labels = ['model', 'user', 'metadata', 'safety_identifier', 'prompt_cache_key', 'prompt_cache_retention']
  fc.assert(
    fc.property(body, body, (one, other) => {
      fc.pre(![...Object.keys(one), ...Object.keys(other)].some((name) => labels.includes(name)))
      const plain = (value: unknown): Record<string, unknown> => JSON.parse(JSON.stringify(value))
      const isSame = fc.stringify(sorted(plain(one))) === fc.stringify(sorted(plain(other)))
      expect(hash({ body: one }) === hash({ body: other })).toBe(isSame)
      expect(hash({ body: shuffled(one) as Record<string, unknown> })).toBe(hash({ body: one }))
      expect(hash({ body: { ...one, user: 'maria', model: 'x' } })).toBe(hash({ body: one }))
    }),
    { numRuns: 500 },
  )
})

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => [name, sorted(member), 'member'])
}

test('bytes count, and what is too long or too deep has no hash', () => {
  const withBytes = (...bytes: number[]) => hash({ body: { image: new Uint8Array(bytes) } })
  expect(withBytes(1, 2)).toBe(withBytes(1, 2))
  expect(withBytes(1, 2)).not.toBe(withBytes(1, 3))
  expect(hash({ body: { text: 'x'.repeat(2 ** 20) } })).toBeUndefined()
  expect(hash({ body: { image: new Uint8Array(2 ** 21) } })).toBeUndefined()
  let deep: unknown = 1
  for (let depth = 0; depth < 100_000; depth += 1) deep = [deep]
  expect(hash({ body: { deep } })).toBeUndefined()
})
