import { createServer, type Server, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createEmptyDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import { expectWithin } from '../../tests/_support/expect-within.ts'
import { startTransactionPooler } from '../../tests/_support/transaction-pooler.ts'
import { asActor, isConnectionError, openDatabase, wasNeverSent } from './index.ts'

let empty: TestDatabase

beforeAll(async () => {
  empty = await createEmptyDatabase()
  await empty.database.query('create table things (id int8 primary key, name text)')
})
afterAll(() => empty.drop())

describe('query', () => {
  test('gives each type as the door promises', async () => {
    const [row] = await empty.database.query(`
      select 9007199254740993::int8 as big, 0.000000000001::numeric as price, '2026-11-22'::date as day,
        '2026-11-22T12:00:00.123Z'::timestamptz as at, '{"a":[1]}'::jsonb as data, 7::int4 as small, count(*) as total,
        array[9007199254740993, null]::int8[] as bigs, array[1.10]::numeric[] as prices, array['2026-11-22']::date[] as days,
        array['a,b']::text[] as texts
      from generate_series(1, 3)`)
    expect(row).toEqual({
      big: 9007199254740993n,
      price: '0.000000000001',
      day: '2026-11-22',
      at: new Date('2026-11-22T12:00:00.123Z'),
      data: { a: [1] },
      small: 7,
      total: 3n,
      bigs: [9007199254740993n, null],
      prices: ['1.10'],
      days: ['2026-11-22'],
      texts: ['a,b'],
    })
  })

  test('takes bigint, Date, arrays and JSON as parameters', async () => {
    const at = new Date('2026-01-02T03:04:05.678Z')
    const rows = await empty.database.query('select $1::int8 as big, $2::timestamptz as at, $3::int8[] as bigs, $4::jsonb as data', [
      2n ** 62n,
      at,
      [1n, 2n],
      { price: '1.5' },
    ])
    expect(rows).toEqual([{ big: 2n ** 62n, at, bigs: [1n, 2n], data: { price: '1.5' } }])
  })

  test('of several statements answers with the last one', async () => {
    expect(await empty.database.query('select 1 as a; select 2 as b')).toEqual([{ b: 2 }])
  })

  test('keeps the SQLSTATE of a refusal', async () => {
    await expect(empty.database.query('select * from nothing_here')).rejects.toMatchObject({ code: '42P01' })
  })
})

describe('transaction', () => {
  test('commits, and rolls back when it throws', async () => {
    const count = async () => (await empty.database.query<{ n: bigint }>('select count(*) as n from things'))[0]?.n
    expect(await empty.database.transaction((tx) => tx.query('insert into things values (1) returning id'))).toEqual([{ id: 1n }])
    const failing = empty.database.transaction(async (tx) => {
      await tx.query('insert into things values (2)')
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await count()).toBe(1n)
  })

  test('does not report a commit when a swallowed error undid it', async () => {
    const swallowing = empty.database.transaction(async (tx) => {
      await tx.query('insert into things values (3)')
      await tx.query('insert into things values (3)').catch(() => {})
    })
    await expect(swallowing).rejects.toThrow('rolled back')
    expect(await empty.database.query('select id from things where id = 3')).toEqual([])
  })

  test('a session that is ended between two statements rejects, harms nobody and leaves the pool', async () => {
    const database = openDatabase({ url: empty.url, maxConnections: 1 })
    const broken = database.transaction(async (tx) => {
      const [row] = await tx.query<{ pid: number }>('select pg_backend_pid() as pid')
      await empty.database.query('select pg_terminate_backend($1, 5000)', [row?.pid])
      await tx.query('select 1')
    })
    await expect(broken).rejects.toSatisfy((error) => isConnectionError(error) && !wasNeverSent(error))
    expect(await database.query('select 1 as one')).toEqual([{ one: 1 }])
    await database.close()
  })
})

describe('on behalf of an actor', () => {
  const failing = (code: string, times: number) => `do $$ begin
      if nextval('actor_tries') <= ${times} then raise exception 'no' using errcode = '${code}'; end if;
      insert into things values (40, current_setting('catraca.actor'));
    end $$`

  beforeEach(() => empty.database.query('delete from things; drop sequence if exists actor_tries; create sequence actor_tries'))

  test.each(['40P01', '40001'])('a statement that the database ended for want of another way (%s) is made once more', async (code) => {
    await asActor(empty.database, 'ana@example.com').query(failing(code, 2))
    expect(await empty.database.query('select name from things')).toEqual([{ name: 'ana@example.com' }])
  })

  test('it is not made for ever, and no other one twice', async () => {
    const actor = asActor(empty.database, 'ana@example.com')
    await expect(actor.query(failing('40P01', 100))).rejects.toMatchObject({ code: '40P01' })
    await empty.database.query('alter sequence actor_tries restart')
    await expect(actor.query(failing('23505', 1))).rejects.toMatchObject({ code: '23505' })
    expect(await empty.database.query('select name from things')).toEqual([])
  })
})

describe('an outage', () => {
  test('an idle session that is ended costs nothing but itself', async () => {
    const database = openDatabase({ url: empty.url, maxConnections: 1 })
    const [row] = await database.query<{ pid: number }>('select pg_backend_pid() as pid')
    await empty.database.query('select pg_terminate_backend($1, 5000)', [row?.pid])
    await vi.waitFor(async () => expect(await database.query('select 1 as one')).toEqual([{ one: 1 }]))
    await database.close()
  })

  test('a refused connection fails at once, as a connection error', async () => {
    const closed = await listenOnLoopback(() => {})
    const { port } = closed
    await closed.close()
    const database = openDatabase({ url: `postgres://nobody@127.0.0.1:${port}/nothing` })
    await expectWithin(1_000, async () => {
      const refused = expect(database.query('select 1')).rejects
      await refused.toSatisfy(isConnectionError)
      await refused.toSatisfy(wasNeverSent)
    })
    await database.close()
  })

  test('a server that accepts and stays silent fails within 2 s, for everybody who waits', async () => {
    const silent = await listenOnLoopback(() => {})
    const database = openDatabase({ url: `postgres://nobody@127.0.0.1:${silent.port}/nothing`, maxConnections: 2 })
    const outcomes = await expectWithin(2_000, () => Promise.allSettled(Array.from({ length: 20 }, () => database.query('select 1'))))
    const isOutage = (error: unknown) => isConnectionError(error) && wasNeverSent(error)
    expect(outcomes.every((outcome) => outcome.status === 'rejected' && isOutage(outcome.reason))).toBe(true)
    await database.close()
    await silent.close()
  })

  test('a url may say how long a connection may take, as psql’s does', async () => {
    const silent = await listenOnLoopback(() => {})
    const database = openDatabase({ url: `postgres://nobody@127.0.0.1:${silent.port}/nothing?connect_timeout=3` })
    const beganMs = performance.now()
    await expect(database.query('select 1')).rejects.toSatisfy(isConnectionError)
    expect(performance.now() - beganMs).toBeGreaterThan(2_900)
    await database.close()
    await silent.close()
  })

  test('a statement that outlasts the given time is given up as a connection error', async () => {
    const database = openDatabase({ url: empty.url, maxConnections: 1, queryTimeoutMs: 200 })
    const givenUp = expect(database.query('select pg_sleep(5)')).rejects
    await givenUp.toSatisfy(isConnectionError)
    // It may have had its effect.
    await givenUp.not.toSatisfy(wasNeverSent)
    expect(await database.query('select 1 as one')).toEqual([{ one: 1 }])
    await database.close()
  })
})

describe('isConnectionError', () => {
  test.each(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', '08006', '08P01', '57P01', '57P02', '57P03', '53300'])('%s is one', (code) => {
    expect(isConnectionError(Object.assign(new Error('x'), { code }))).toBe(true)
  })

  test.each(['23505', '42P01', '57014', '40001', '22P02'])('%s is not', (code) => {
    expect(isConnectionError(Object.assign(new Error('Connection terminated'), { code }))).toBe(false)
  })

  test('looks at causes and at the addresses that were tried', () => {
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
    expect(isConnectionError(new Error('outer', { cause: refused }))).toBe(true)
    expect(isConnectionError(new AggregateError([new Error('x'), refused]))).toBe(true)
    expect(isConnectionError('ECONNREFUSED')).toBe(false)
  })
})

describe('listen', () => {
  test('hears notifications, also after its session was ended, until it is stopped', async () => {
    const database = openDatabase({ url: empty.url, applicationName: 'ears' })
    const heard: string[] = []
    const stop = await database.listen('news', (payload) => heard.push(payload))
    await empty.database.query(`notify news, 'one'`)
    await vi.waitFor(() => expect(heard).toEqual(['one']))

    const ended = await empty.database.query(
      `select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name like 'ears-listener:%'`,
    )
    expect(ended).toHaveLength(1)
    await vi.waitFor(
      async () => {
        await empty.database.query(`notify news, 'two'`)
        expect(heard).toContain('two')
      },
      { timeout: 15_000, interval: 50 },
    )

    await stop()
    const count = heard.length
    await empty.database.query(`notify news, 'three'`)
    await database.query('select 1')
    expect(heard).toHaveLength(count)
    await database.close()
  })

  test('without a database it waits quietly, and hears when there is one', async () => {
    const upstream = new URL(empty.url)
    const proxy = await listenOnLoopback((socket) => socket.destroy())
    const { port } = proxy
    await proxy.close()
    const url = new URL(empty.url)
    url.port = String(port)
    const database = openDatabase({ url: url.href })
    const heard: string[] = []
    await database.listen('late', () => {
      throw new Error('a reader that cannot read')
    })
    await database.listen('late', (payload) => heard.push(payload))

    const { connect } = await import('node:net')
    const forward = await listenOnLoopback((socket) => {
      const onward = connect(Number(upstream.port), '127.0.0.1')
      socket.pipe(onward).pipe(socket)
      socket.on('error', () => onward.destroy())
      onward.on('error', () => socket.destroy())
    }, port)
    await vi.waitFor(
      async () => {
        await empty.database.query(`notify late, 'here'`)
        expect(heard).toContain('here')
      },
      { timeout: 15_000, interval: 50 },
    )
    await database.close()
    await forward.close()
  })
})

test('works behind a transaction pooler, which gives every transaction another session', async () => {
  const pooler = await startTransactionPooler(empty.url)
  const database = openDatabase({ url: pooler.url, maxConnections: 3 })
  const rows = await Promise.all(Array.from({ length: 20 }, (_, n) => database.query('select $1::int4 as n', [n])))
  expect(rows.map(([row]) => row)).toEqual(Array.from({ length: 20 }, (_, n) => ({ n })))
  await database.transaction(async (tx) => {
    await tx.query('insert into things values ($1, $2)', [77n, 'pooled'])
    expect(await tx.query('select name from things where id = $1', [77n])).toEqual([{ name: 'pooled' }])
  })
  expect(pooler.sessionsUsed()).toBeGreaterThan(1)
  await database.close()
  await pooler.close()
})

async function listenOnLoopback(onConnection: (socket: Socket) => void, port = 0): Promise<{ port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    onConnection(socket)
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
      await delay(0)
    },
  }
}
