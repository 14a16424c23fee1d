import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../../_support/gateway.ts'
import { expectBooksClosed, setShared, untilRateIsKnown } from '../_support/settled.ts'
import { judgeByVercel, judgeField } from './drive.ts'
import { endpoints } from './endpoints.ts'
import type { Field } from './field.ts'

const atOnce = 8

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway({ keys: ['gateway', 'openai', 'groq', 'anthropic', 'google'] })
  globalThis.AI_SDK_LOG_WARNINGS = false
  await untilRateIsKnown(gateway)
  await setShared(gateway, { route: 'direct' })
})
afterAll(async () => {
  await expectBooksClosed(gateway)
  await gateway.close()
})

async function judgeAll(fields: readonly Field[], judge: (field: Field) => Promise<string[]>): Promise<string[]> {
  const left = [...fields]
  const wrong: string[] = []
  const work = async () => {
    for (let field = left.shift(); field; field = left.shift()) wrong.push(...(await judge(field)))
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return wrong
}

test.each(endpoints)('every field of $path becomes what docs/api.md says', async (endpoint) => {
  expect(await judgeAll(endpoint.fields, (field) => judgeField(gateway, endpoint, field))).toEqual([])
})

describe('by way of Vercel', () => {
  beforeAll(() => setShared(gateway, { route: 'vercel' }))

  test.each(endpoints.filter(({ viaVercel }) => viaVercel))('every field of $path becomes the same', async (endpoint) => {
    const { viaVercel = '' } = endpoint
    expect(await judgeAll(endpoint.fields, (field) => judgeByVercel(gateway, endpoint, field, viaVercel))).toEqual([])
  })
})
