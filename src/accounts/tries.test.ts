import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import { takeTry } from './tries.ts'

let test: TestDatabase
beforeAll(async () => {
  test = await createTestDatabase()
})
afterAll(() => test.drop())
beforeEach(() => test.database.query('delete from auth_rate_limits'))

const take = (address: string, account?: string) => takeTry(test.database, address, account)
/** As if so many seconds had passed. */
const pass = (seconds: number) =>
  test.database.query(
    `update auth_rate_limits set tries = array(select t - make_interval(secs => $1) from unnest(tries) t), last_try_at = last_try_at - make_interval(secs => $1)`,
    [seconds],
  )

describe('takeTry', () => {
  it('gives exactly ten, however many come at once, in any 15 minutes', async () => {
    const at = async (count: number) => {
      const taken = await Promise.allSettled(Array.from({ length: count }, () => take('192.0.2.1')))
      return taken.filter(({ status }) => status === 'fulfilled').length
    }
    expect(await at(4)).toBe(4)
    await pass(600)
    expect(await at(12)).toBe(6)
    await expect(take('192.0.2.1')).rejects.toMatchObject({
      code: 'rate_limited',
      retryAfterMs: 300_000,
      message: expect.stringContaining('5 minutes'),
    })
    await pass(301)
    expect(await at(12)).toBe(4)
  })

  it('counts a network of IPv6 as one address, and IPv4 as itself in any writing', async () => {
    for (let n = 1; n <= 10; n++) await take(`2001:db8:0:7::${n.toString(16)}`)
    await expect(take('2001:0db8:0000:0007:1:2:3:4')).rejects.toThrow('Too many tries')
    await take('2001:db8:0:8::1')
    for (let n = 1; n <= 10; n++) await take('192.0.2.2')
    await expect(take('::ffff:192.0.2.2')).rejects.toThrow('Too many tries')
  })

  it('gives back what was right, and forgets the account but not the address', async () => {
    for (let n = 1; n <= 9; n++) await take(`192.0.2.${n}`, 'Ana@example.com')
    const right = await take('192.0.2.10', 'ana@example.com')
    await expect(take('192.0.2.11', 'ANA@example.com')).rejects.toThrow('Too many tries')
    await right.succeed()
    for (let n = 1; n <= 9; n++) await (await take('192.0.2.1', 'ana@example.com')).giveBack()
    const rows = await test.database.query<{ key: string; count: number }>(
      `select key, cardinality(tries) as count from auth_rate_limits order by key`,
    )
    expect(rows.find(({ key }) => key === 'address:192.0.2.1')?.count).toBe(1)
    expect(rows.find(({ key }) => key === 'address:192.0.2.10')?.count).toBe(0)
    expect(rows.find(({ key }) => key.startsWith('account:'))?.count).toBe(0)
    expect(JSON.stringify(rows)).not.toContain('example.com')
  })

  it('throws old tries away', async () => {
    await take('192.0.2.3')
    await pass(1_000)
    await take('192.0.2.4')
    expect(await test.database.query('select key from auth_rate_limits')).toEqual([{ key: 'address:192.0.2.4' }])
  })
})
