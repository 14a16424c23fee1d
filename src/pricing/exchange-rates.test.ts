import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import { createExchangeRates, type ExchangeRateOptions } from './exchange-rates.ts'

const monday = Date.parse('2026-11-23T12:00:00-03:00')
const friday = { cotacaoCompra: 5.3011, cotacaoVenda: 5.3017, dataHoraCotacao: '2026-11-20 13:04:27.463' }
const thursday = { cotacaoCompra: 5.29, cotacaoVenda: 5.2906, dataHoraCotacao: '2026-11-19 13:10:02.1' }

let test: TestDatabase
let server: Server
let asked: string[]
let answer: RequestListener

beforeAll(async () => {
  test = await createTestDatabase()
  await test.database.query('create table installed as table exchange_rates')
})
afterAll(() => test.drop())
beforeEach(async () => {
  // As on a new installation; a database for each test would be most of what the file costs.
  await test.database.query('truncate exchange_rates')
  await test.database.query('insert into exchange_rates select * from installed')
  asked = []
  answer = (_request, response) => response.end(JSON.stringify({ value: [thursday, friday] }))
  server = createServer((request, response) => {
    asked.push(decodeURIComponent(request.url ?? ''))
    answer(request, response)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => {
    server.close(resolve)
  })
})

function rates(options: Partial<ExchangeRateOptions> = {}, nowMs = monday) {
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/odata/`
  return createExchangeRates({ database: test.database, baseUrl, clock: { nowMs: () => nowMs }, timeoutMs: 2000, ...options })
}

const stored = () =>
  test.database.query<{ rate: string; source: string; quoted_at: Date }>(
    'select rate, source, quoted_at from exchange_rates order by quoted_at',
  )

describe('PTAX', () => {
  it('takes the last closing rate of a window that bridges holidays, and stores it once', async () => {
    const service = rates()
    expect(await service.refresh()).toEqual({ stored: true, problem: undefined })
    expect(asked).toEqual([
      "/odata/CotacaoDolarPeriodo(dataInicial=@dataInicial,dataFinalCotacao=@dataFinalCotacao)?@dataInicial='11-08-2026'&@dataFinalCotacao='11-23-2026'&$format=json",
    ])
    expect(service.current()).toEqual({ rate: '5.3017', source: 'ptax', quotedAt: new Date('2026-11-20T13:04:27.463-03:00'), stale: false })
    expect(await service.refresh()).toEqual({ stored: false, problem: undefined })
    expect((await stored()).map((row) => row.rate)).toEqual(['5.4828', '5.3017'])
  })

  it('asks once when asked twice', async () => {
    const service = rates()
    const [first, second] = await Promise.all([service.refresh(), service.refresh()])
    expect(first).toBe(second)
    expect(asked).toHaveLength(1)
  })

  it('dates the question by the Brazilian calendar', async () => {
    await rates({}, Date.parse('2026-11-24T01:00:00Z')).refresh()
    expect(asked[0]).toContain("@dataFinalCotacao='11-23-2026'")
  })

  it.each<[string, RequestListener]>([
    ['an error', (_request, response) => response.writeHead(503).end('down')],
    ['garbage', (_request, response) => response.end('<html>')],
    ['another shape', (_request, response) => response.end('{"value":[{"cotacaoVenda":"5,30"}]}')],
    ['no quotes', (_request, response) => response.end('{"value":[]}')],
    ['an unbelievable rate', (_request, response) => response.end(JSON.stringify({ value: [{ ...friday, cotacaoVenda: 530.17 }] }))],
    ['a negative rate', (_request, response) => response.end(JSON.stringify({ value: [{ ...friday, cotacaoVenda: -5.3 }] }))],
    ['an endless body', (_request, response) => response.end('x'.repeat(2_000_000))],
    ['silence', () => {}],
    ['a cut', (request) => request.socket.destroy()],
  ])('keeps the last stored rate, marked stale, after %s', async (_what, listener) => {
    answer = listener
    const service = rates({ timeoutMs: 300 })
    const report = await service.refresh()
    expect(report.stored).toBe(false)
    expect(report.problem).toMatch(/^PTAX could not be refreshed: ./)
    expect(service.current()).toMatchObject({ rate: '5.4828', source: 'ptax', stale: true })
    expect(await stored()).toHaveLength(1)
  })
})

describe('without the bank', () => {
  it('starts on a fresh database with a real quote that says how old it is', async () => {
    const service = rates()
    expect(service.find()).toBeUndefined()
    await service.load()
    expect(asked).toEqual([])
    expect(service.current()).toEqual({ rate: '5.4828', source: 'ptax', quotedAt: new Date('2025-08-21T13:00:00-03:00'), stale: true })
  })

  it('is stale after 72 hours and not before', async () => {
    const quotedAt = Date.parse('2026-11-20T13:04:27.463-03:00')
    let nowMs = quotedAt + 72 * 3_600_000
    const service = rates({ clock: { nowMs: () => nowMs } })
    await service.refresh()
    expect(service.current().stale).toBe(false)
    nowMs += 1
    expect(service.current().stale).toBe(true)
  })

  it('never invents a rate', async () => {
    await test.database.query('truncate exchange_rates')
    answer = (_request, response) => response.writeHead(500).end()
    const service = rates()
    await service.refresh()
    expect(service.find()).toBeUndefined()
    expect(() => service.current()).toThrow(
      expect.objectContaining({ code: 'no_exchange_rate', message: expect.stringContaining('USD_BRL_RATE') }),
    )
  })

  it('takes a rate that the operator stored', async () => {
    await test.database.query(`insert into exchange_rates (rate, source, quoted_at) values (5.55, 'manual', $1)`, [new Date(monday)])
    const service = rates()
    await service.refresh()
    expect(service.current()).toEqual({ rate: '5.55', source: 'manual', quotedAt: new Date(monday), stale: false })
  })

  it('survives a database that is away', async () => {
    const service = rates({ database: { query: () => Promise.reject(new Error('connection refused')) } })
    expect((await service.load()).problem).toContain('connection refused')
    expect((await service.refresh()).problem).toContain('connection refused')
    expect(service.find()).toBeUndefined()
  })
})

describe('USD_BRL_RATE', () => {
  it('is used at once, and nobody is asked', async () => {
    const service = rates({ fixedRate: '5.50' })
    await service.load()
    await service.refresh()
    expect(asked).toEqual([])
    expect(service.current()).toEqual({ rate: '5.5', source: 'env', quotedAt: new Date(monday), stale: false })
  })

  it.each(['', '0', '-5', '5,50', 'five', '500', 'NaN', '5.123456789'])('refuses %j', (fixedRate) => {
    expect(() => rates({ fixedRate })).toThrow(
      expect.objectContaining({ code: 'config_invalid', message: expect.stringMatching(/^USD_BRL_RATE: /) }),
    )
  })
})
