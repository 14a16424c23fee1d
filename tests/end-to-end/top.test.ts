import { EventEmitter } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { watchTop } from '../../src/cli/top/watch-top.ts'
import { callGateway } from '../_support/call-gateway.ts'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { runCommand } from '../_support/terminal.ts'

interface TopReport {
  clients: {
    slug: string
    calls: number
    tokens: number
    today_brl: string
    max_requests_per_minute: number | null
    budget: { type: string } | null
  }[]
  targets: { provider: string; model_name: string; via: string; calls: number; errors: number; p50_ms: number }[]
  open: { calls: number }
  gateway: { url: string; spool_records: number; resident_bytes: number } | undefined
}

let gateway: TestGateway
let env: Record<string, string>

beforeAll(async () => {
  gateway = await startTestGateway()
  env = { ...gateway.env, PORT: new URL(gateway.url).port }
  await gateway.database.query(
    `insert into client_budgets (client_id, budget_type, budget_limit, budget_period, pause_at_limit) values ($1, 'brl', 50, 'monthly', true)`,
    [gateway.client.id],
  )
  const body = { model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: 'oi' }], stream: true }
  for (const _ of [1, 2, 3]) await callGateway({ url: gateway.url, key: gateway.client.key, body })
  await vi.waitUntil(async () => (await gateway.database.query('select 1 from gateway_usage_logs')).length === 3, { timeout: 20_000 })
})
afterAll(() => gateway.close())

test('--json has the clients and targets of the last minute, and what the gateway on this port says', async () => {
  const report = (await runCommand(env, 'top', '--json')).json<TopReport>()
  expect(report.clients).toMatchObject([{ slug: 'agencia', calls: 3, budget: { type: 'brl' }, max_requests_per_minute: null }])
  expect(Number(report.clients[0]?.today_brl)).toBeGreaterThan(0)
  expect(report.targets).toMatchObject([
    { provider: 'openai', model_name: 'gpt-4o-mini', via: 'direct', calls: 3, errors: 0, p50_ms: expect.any(Number) },
  ])
  expect(report.gateway).toMatchObject({ url: gateway.url, resident_bytes: expect.any(Number) })
})

test('--once is one frame as text, also without a gateway on this machine', async () => {
  const here = await runCommand(env, 'top', '--once')
  expect(here.stdout).toMatch(/^CLIENT +CALLS\/MIN +LIMIT .*BUDGET +USED$/m)
  expect(here.stdout).toMatch(/^agencia +3 +- +0 +\d+ +R\$.* monthly, hard +0(?:\.\d+)? %$/m)
  expect(here.stdout).toMatch(/^openai\/gpt-4o-mini via direct +3 +0 .* ms +ok$/m)
  const elsewhere = await runCommand({ ...env, PORT: '1' }, 'top', '--once')
  expect(elsewhere.stdout).toContain('none answers on this machine')
  expect(elsewhere.stdout).toMatch(/^agencia /m)
})

test('live: frames on a screen of their own, figures that cannot be had are said, and q brings the terminal back', async () => {
  const written: string[] = []
  const input = Object.assign(new EventEmitter(), {
    isRaw: false,
    setRawMode: (raw: boolean) => Object.assign(input, { isRaw: raw }),
    resume: () => input,
    pause: () => input,
  })
  const output = { write: (text: string) => written.push(text) > 0, rows: 5, columns: 20 }
  let frames = 0
  const watching = watchTop({ input, output } as unknown as Parameters<typeof watchTop>[0], async () => {
    frames += 1
    if (frames === 2) throw new Error('no database')
    return `frame ${frames} with a line that is longer than the screen\n2\n3\n4\n5\n`
  })
  await vi.waitUntil(() => frames >= 3, { timeout: 20_000 })
  expect(input.isRaw).toBe(true)
  input.emit('data', Buffer.from('x'))
  await delay(1)
  input.emit('data', Buffer.from('q'))
  await watching
  expect(input.isRaw).toBe(false)
  expect(written[0]).toContain('\x1b[?1049h')
  expect(written[1]).toBe('\x1b[Hframe 1 with a line \x1b[K\r\n2\x1b[K\r\n3\x1b[K\r\n\x1b[K\r\nq quits\x1b[K\x1b[J')
  expect(written[2]).toContain('No figures at the mo')
  expect(written.at(-1)).toContain('\x1b[?1049l')
})
