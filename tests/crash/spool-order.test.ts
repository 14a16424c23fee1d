import { afterAll, beforeAll, expect, test } from 'vitest'
import { openaiChat } from '../../src/dialects/index.ts'
import { expectBooksInOrder } from '../_support/audit.ts'
import { type CallerView, callGateway, newAgent } from '../_support/call-gateway.ts'
import { type Fleet, type GatewayProcess, openFleet, spoolFiles } from '../_support/gateway-fleet.ts'
import { count, findUnbalanced, seededRandom } from '../_support/ledger.ts'
import { judge, type SentCall } from '../_support/oracle.ts'
import { isLong, reportFigure, testSeed as seed } from '../_support/report-figure.ts'
import { startQueueMeter } from '../_support/stopwatch.ts'

const random = seededRandom(seed)

let fleet: Fleet
beforeAll(async () => {
  fleet = await openFleet()
})
afterAll(async () => {
  await expectBooksInOrder(fleet.database)
  await fleet.close()
})

let calls = 0
/** A call whose prompt has a length of its own among all of this file's. */
function newCall(marker: string, stream: boolean, clientId: string): { call: SentCall; body: object } {
  calls += 1
  const id = `s${String(calls).padStart(6, '0')}`
  const body = {
    model: 'openai/gpt-4o-mini',
    messages: [{ role: 'user', content: `[[call ${id}]] [[emulate ${marker}]] ${'x'.repeat(calls)}` }],
    max_tokens: 100,
    stream,
  }
  const inputBound = openaiChat.parse(Buffer.from(JSON.stringify(body))).inputTokensBound
  return { call: { id, clientId, inputBound, view: undefined }, body }
}

test('R15: whoever got the last frame has a record on disk, kill -9 at that very moment', { timeout: 240_000 }, async () => {
  const rounds = isLong ? 40 : 4
  const client = await fleet.addClient()
  const dataDir = await fleet.newDataDir()
  const answered: string[] = []
  let unanswered = 0
  let gateway = await fleet.start(dataDir)
  for (let round = 0; round < rounds; round += 1) {
    // Nothing can be booked meanwhile, so the disk is the only place that knows.
    const views = await fleet.database.transaction(async (tx) => {
      await tx.query('lock table gateway_usage_logs in exclusive mode')
      const seen = await callUntilKilled(gateway, client, 20 + Math.floor(random() * 40))
      await tx.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name like '%:' || $1`, [String(gateway.pid)])
      expect(await tx.query('select 1 from gateway_usage_logs where created_at > now()')).toEqual([])
      return seen
    })
    const whole = views.filter((view) => view.complete).map((view) => view.callId ?? '')
    answered.push(...whole)
    unanswered += views.length - whole.length
    expect(await rowsOf(whole)).toEqual([])
    gateway = await fleet.start(dataDir)
    await expect.poll(async () => (await rowsOf(whole)).length, { timeout: 15_000 }).toBe(whole.length)
  }
  reportFigure(
    'R15',
    seed,
    `${rounds} kills at the last frame, nothing booked: ${answered.length} whole answers, ${answered.length} rows, ${unanswered} others`,
  )
  const rows = await rowsOf(answered)
  expect(new Set(rows.map((row) => row.status))).toEqual(new Set(['ok']))
  expect(rows.length).toBe(answered.length)
  expect(answered.length).toBeGreaterThan(rounds * 19)
  await gateway.kill()
})

async function rowsOf(callIds: string[]): Promise<{ status: string }[]> {
  return await fleet.database.query('select status from gateway_usage_logs where call_id = any ($1)', [callIds])
}

/** Keeps 40 calls under way; the gateway is dead before the next line of this process when the last frame of the n-th one is here. */
async function callUntilKilled(gateway: GatewayProcess, client: { id: string; key: string }, wholeAnswers: number): Promise<CallerView[]> {
  const views: CallerView[] = []
  let whole = 0
  const onComplete = () => {
    whole += 1
    if (whole === wholeAnswers) process.kill(gateway.pid, 'SIGKILL')
  }
  async function caller(n: number): Promise<void> {
    const agent = newAgent()
    while (gateway.isRunning() && whole < wholeAnswers) {
      const { body } = newCall(`chunks=3 gap=5 delay=${Math.floor(random() * 150) + 1}`, n % 3 > 0, client.id)
      views.push(await callGateway({ url: gateway.url, key: client.key, body, agent, onComplete }))
    }
    agent.destroy()
  }
  await Promise.all(Array.from({ length: 40 }, (_, n) => caller(n)))
  await gateway.kill()
  return views
}

test('R21: SIGTERM under streams cuts none of them, books all, and leaves the spool empty', async () => {
  const streams = isLong ? 200 : 80
  const leavers = streams / 8
  const client = await fleet.addClient({ limit: 10_000_000 })
  const dataDir = await fleet.newDataDir()
  const gateway = await fleet.start(dataDir)
  fleet.emulator.reset()
  const sent: SentCall[] = []
  const leaving = new AbortController()
  const pending = Array.from({ length: streams + leavers }, async (_, n) => {
    const isLeaver = n >= streams
    // What nobody waits for any more takes the longest.
    const { call, body } = newCall(`chunks=${isLeaver ? 70 : 30 + Math.floor(random() * 10)} gap=50`, isLeaver || n % 4 > 0, client.id)
    sent.push(call)
    call.view = await callGateway({ url: gateway.url, key: client.key, body, leave: isLeaver ? leaving.signal : undefined })
    return call.view
  })
  await expect.poll(() => fleet.emulator.counts().accepted, { timeout: 20_000, interval: 20 }).toBe(streams + leavers)
  leaving.abort()
  await Promise.all(pending.slice(streams))
  const beganMs = performance.now()
  const meter = startQueueMeter(gateway.pid)
  // What both processes waited for a processor after the last answer, as long as the gateway is there to be asked.
  const queued = { byLastFrame: 0, ms: 0 }
  const metering = setInterval(() => {
    queued.ms = Math.max(queued.ms, meter())
    if (fleet.emulator.counts().open > 0) queued.byLastFrame = queued.ms
  }, 20)
  const exitCode = await gateway.stop()
  clearInterval(metering)
  const stopMs = performance.now() - beganMs
  const views = await Promise.all(pending.slice(0, streams))
  const lastFrameMs = Math.max(...fleet.emulator.served().map((call) => call.endedAt ?? 0)) - Date.now() + performance.now() - beganMs

  const verdict = await judge(fleet.database, sent, fleet.emulator.served())
  reportFigure(
    'R21',
    seed,
    `${streams} streams and ${leavers} callers that had left, stopped in ${Math.round(stopMs)} ms, ` +
      `the last answer ended after ${Math.round(lastFrameMs)} ms, ${verdict.served} served, ${verdict.exact} exact, 0 cut`,
  )
  expect(views.filter((view) => !view.complete)).toEqual([])
  expect(exitCode).toBe(0)
  // Connections that callers keep open for later hold up nothing.
  expect(stopMs - lastFrameMs - (queued.ms - queued.byLastFrame)).toBeLessThan(2_000)
  expect(await spoolFiles(dataDir)).toEqual([])
  expect(verdict.mismatches).toEqual([])
  expect(verdict).toMatchObject({ exact: streams + leavers, estimated: 0, orphaned: 0 })
  expect(await count(fleet.database, 'budget_holds')).toBe(0)
  expect(await findUnbalanced(fleet.database)).toEqual([])
})
