import { hash } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import { callGateway, newAgent } from '../_support/call-gateway.ts'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { openFleet } from '../_support/gateway-fleet.ts'
import { count } from '../_support/ledger.ts'
import { isLong, reportFigure } from '../_support/report-figure.ts'
import { startFlood } from '../_support/start-flood.ts'
import { startStopwatch } from '../_support/stopwatch.ts'

// S3 over HTTP: strangers with made-up keys beside callers with real ones.

const bodyOf = (label: string, delayMs: number) => ({
  model: 'openai/gpt-4o-mini',
  messages: [{ role: 'user', content: `oi ${label} [[emulate delay=${delayMs}]]` }],
  max_tokens: 5,
})

/** Reservations, and statements that look for strangers' keys: how many, and how many were under way at once at the most. */
function watchStatements({ server, client }: TestGateway) {
  const { gateway } = server.context.store
  const ask = gateway.query.bind(gateway)
  const real = hash('sha256', client.key, 'buffer')
  const seen = { lookups: 0, atOnce: 0, reserves: 0 }
  let underWay = 0
  const spy = vi.spyOn(gateway, 'query').mockImplementation(async (sql, params) => {
    if (sql.includes('ledger_reserve')) seen.reserves += 1
    const [hashes] = (params ?? []) as [Buffer[]?]
    const isLookup = sql.includes('from client_api_keys where hash = any') && hashes?.some((one) => !one.equals(real)) === true
    if (!isLookup) return await ask(sql, params)
    seen.lookups += 1
    underWay += 1
    seen.atOnce = Math.max(seen.atOnce, underWay)
    try {
      return await ask(sql, params)
    } finally {
      underWay -= 1
    }
  })
  return { seen, end: () => spy.mockRestore() }
}

test('a flood of made-up keys is one look-up at a time, and nothing of it comes to a budget or a provider', {
  timeout: 180_000,
}, async () => {
  const calls = 20
  const gateway = await startTestGateway()
  const { seen, end } = watchStatements(gateway)
  const flood = startFlood(gateway.url, 20)
  flood.ask(undefined)
  const agent = newAgent()
  await expect.poll(() => flood.answered, { timeout: 60_000 }).toBeGreaterThan(0)
  for (let n = 0; n < calls; n += 1) {
    const view = await callGateway({ url: gateway.url, key: gateway.client.key, agent, body: bodyOf(String(n), 5) })
    expect(view).toMatchObject({ status: 200, complete: true })
  }
  await expect.poll(() => flood.answered, { timeout: 60_000 }).toBeGreaterThan(1_000)
  const answers = await flood.stop()
  agent.destroy()
  await expect.poll(() => count(gateway.database, 'gateway_usage_logs')).toBe(calls)
  end()
  expect(Object.keys(answers)).toEqual(['401'])
  expect(seen.atOnce).toBe(1)
  expect(seen.reserves).toBeLessThanOrEqual(calls)
  expect(gateway.emulator.counts().accepted).toBe(calls)
  reportFigure('S3', undefined, `over HTTP: ${answers['401']} made-up keys beside ${calls} calls: ${seen.lookups} look-ups, one at a time`)
  await gateway.close()
})

/** Of a provider that is quick: what the gateway itself adds is a good part of the whole. */
const providerMs = 100
const perSecond = Number(process.env.CATRACA_TEST_FLOOD ?? 1_000)
const windows = 40
const callsInWindow = 30

const p99 = (times: number[]) => times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0

// With and without by turns, some seconds each, so that a machine that is slow for a while is so for both. A call's time is without what it
// or the gateway waited for a processor: that is the machine's, and other programs'.
if (isLong) {
  test('real calls take no more than a fifth longer under it (p99)', { timeout: 900_000 }, async () => {
    const fleet = await openFleet()
    const { url, pid } = await fleet.start(await fleet.newDataDir())
    const { key } = await fleet.addClient({ limit: 1_000_000_000 })
    const flood = startFlood(url, 100)
    const agent = newAgent()
    const times = { without: [] as number[], with: [] as number[] }
    let refused = 0
    let seconds = 0
    for (let window = -2; window < windows; window += 1) {
      const isFlooded = window % 2 !== 0
      flood.ask(isFlooded ? perSecond : 0)
      const before = flood.answered
      if (isFlooded) await expect.poll(() => flood.answered, { timeout: 60_000 }).toBeGreaterThan(before)
      const [from, beganMs] = [flood.answered, performance.now()]
      for (let n = 0; n < callsInWindow; n += 1) {
        const elapsedMs = startStopwatch(pid)
        const { status } = await callGateway({ url, key, agent, body: bodyOf(`${window} ${n}`, providerMs) })
        // The first two are to warm up. Where the machine is so busy that PostgreSQL does not answer in time, the call says nothing of the flood.
        if (window < 0 || status === 503) continue
        expect(status).toBe(200)
        times[isFlooded ? 'with' : 'without'].push(elapsedMs())
      }
      if (window < 0 || !isFlooded) continue
      refused += flood.answered - from
      seconds += (performance.now() - beganMs) / 1000
    }
    const { '401': _refused, '503': _unasked, ...others } = await flood.stop()
    expect(others).toEqual({})
    agent.destroy()
    await fleet.close()
    for (const measured of [times.without, times.with]) expect(measured.length).toBeGreaterThan((windows / 2) * callsInWindow * 0.95)
    const [without, flooded] = [p99(times.without), p99(times.with)]
    const more = (100 * (flooded / without - 1)).toFixed(1)
    reportFigure(
      'S3',
      undefined,
      `over HTTP, ${Math.round(refused / seconds)} made-up keys a second: p99 of ${times.with.length} calls whose provider takes ${providerMs} ms ` +
        `${without.toFixed(1)} ms without and ${flooded.toFixed(1)} ms with them, ${more} % more`,
    )
    expect(flooded).toBeLessThanOrEqual(without * 1.2)
  })
}
