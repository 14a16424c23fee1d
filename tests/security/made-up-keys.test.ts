import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { generateClientKey } from '../../src/clients/index.ts'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { reportFigure } from '../_support/report-figure.ts'

// S3: who makes up keys of the right form costs the database next to nothing, and real callers nothing.

const count = 10_000
const atOnce = 200

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway()
})
afterAll(() => gateway?.close())

it(`${count} made-up keys are some queries, and a real key that is new gets in between them`, async () => {
  const { clients, store } = gateway.server.context
  const query = vi.spyOn(store.gateway, 'query')
  const asked = () => query.mock.calls.filter(([text]) => text.includes('client_api_keys where hash')).length
  const startedMs = performance.now()
  let left = count
  const refused: string[] = []
  const flood = Array.from({ length: atOnce }, async () => {
    while (left-- > 0) await clients.authenticate(generateClientKey().key).catch((error: { code: string }) => refused.push(error.code))
  })
  expect((await clients.authenticate(gateway.client.key)).client.id).toBe(gateway.client.id)
  const ofReal: number[] = []
  while (left > 0) {
    const beganMs = performance.now()
    await clients.authenticate(gateway.client.key)
    ofReal.push(performance.now() - beganMs)
    await new Promise(setImmediate)
  }
  await Promise.all(flood)
  const seconds = (performance.now() - startedMs) / 1000
  const queries = asked()
  query.mockRestore()
  expect(refused).toHaveLength(count)
  // While a busy machine's database is slow it cannot be known whose key it is; it is nobody's all the same.
  expect(new Set(refused.filter((code) => code !== 'ledger_unavailable'))).toEqual(new Set(['key_unknown']))
  expect(queries).toBeLessThan(count / 20)
  const p99 = ofReal.sort((a, b) => a - b)[Math.floor(ofReal.length * 0.99)] ?? 0
  reportFigure(
    'S3',
    undefined,
    `${count} made-up keys of the right form in ${seconds.toFixed(1)} s: ${queries} queries; a known key meanwhile within ${p99.toFixed(2)} ms (p99)`,
  )
})

it('what has not the form of a key never reaches the database', async () => {
  const { clients, store } = gateway.server.context
  const query = vi.spyOn(store.gateway, 'query')
  await Promise.all(Array.from({ length: 1000 }, (_, n) => clients.authenticate(`ctk_${n}`).catch(() => {})))
  expect(query.mock.calls.filter(([text]) => text.includes('client_api_keys'))).toEqual([])
  query.mockRestore()
})
