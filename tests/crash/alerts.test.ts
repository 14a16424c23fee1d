import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listAlerts } from '../../src/alerts/index.ts'
import { addChannel, listDeliveries } from '../../src/notifications/index.ts'
import { silentLog } from '../../src/shared/log.ts'
import { masterKeyFromText, openVault } from '../../src/vault/index.ts'
import { expectBooksInOrder } from '../_support/audit.ts'
import { callGateway, newAgent } from '../_support/call-gateway.ts'
import { type Fleet, type GatewayProcess, openFleet } from '../_support/gateway-fleet.ts'
import { seededRandom } from '../_support/ledger.ts'
import { isLong, reportFigure, testSeed } from '../_support/report-figure.ts'
import { startWebhookReceiver, type WebhookReceiver } from '../_support/webhook-receiver.ts'

// R23: 200 concurrent calls cross 80, 90 and 100 %, and a process is killed in the middle of a delivery. Once in `npm test`, 20 times by
// `npm run test:long`.
const rounds = isLong ? 20 : 1
const calls = 200
const tokensACall = 100
const random = seededRandom(testSeed)

interface Slot {
  dataDir: string
  process: GatewayProcess
}

let fleet: Fleet
let file: string
/** Somebody who is told of every alert by webhook. */
let receiver: WebhookReceiver
let channelId: string
let secret: string
const slots: Slot[] = []

beforeAll(async () => {
  fleet = await openFleet()
  file = join(await fleet.newDataDir(), 'deliveries')
  receiver = await startWebhookReceiver()
  const vault = await openVault({
    database: fleet.database,
    masterKey: masterKeyFromText(fleet.env.CATRACA_MASTER_KEY ?? ''),
    log: silentLog,
  })
  const admin = { db: fleet.database, vault, allowsLocal: true }
  const made = await addChannel(admin, { clientId: undefined, kind: 'webhook', address: receiver.url })
  channelId = made.channel.id
  secret = made.secret ?? ''
  for (let i = 0; i < 2; i += 1) {
    const dataDir = await fleet.newDataDir()
    slots.push({ dataDir, process: await start(dataDir) })
  }
})
afterAll(async () => {
  for (const slot of slots) await slot.process.kill()
  await receiver.close()
  await expectBooksInOrder(fleet.database)
  await fleet.close()
})

test('R23: one alert a threshold, delivered at least once, whoever is killed', { timeout: rounds * 30_000 + 30_000 }, async () => {
  for (let round = 0; round < rounds; round += 1) {
    const client = await fleet.addClient({ limit: (calls - 4) * tokensACall, hard: false })
    const agent = newAgent()
    const body = { model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: 'reply with 3 words [[emulate usage=40/60]]' }] }
    // Every other time a delivery is held until its process is killed.
    const isHeld = round % 2 === 0
    if (isHeld) await writeFile(`${file}.hold`, '')
    const views = Promise.all(
      Array.from({ length: calls }, (_, i) => callGateway({ url: slots[i % 2]?.process.url ?? '', key: client.key, body, agent })),
    )
    // Nobody is killed who still has to answer.
    if (isHeld) expect((await views).filter((view) => view.status !== 200)).toEqual([])
    const killed = await killInDelivery(client.id, isHeld)
    expect((await views).filter((view) => view.status !== 200)).toEqual([])
    agent.destroy()
    await expect.poll(() => alertsOf(client.id, true), { timeout: 20_000, interval: 100 }).toHaveLength(4)
    await delay(100)
    const alerts = await alertsOf(client.id)
    expect(alerts.map((alert) => ('threshold' in alert ? (alert.threshold ?? 'exceeded') : alert.kind)).sort()).toEqual([
      100,
      80,
      90,
      'exceeded',
    ])
    expect(alerts.map((alert) => 'budgetId' in alert && alert.budgetId)).toEqual(Array(4).fill(client.budgets[0]))
    const noted = await readNotes()
    const doneOf = (id: string) => noted.filter((note) => note.what === 'done' && note.id === id).length
    expect(alerts.filter(({ id }) => doneOf(id) < 1)).toEqual([])
    await expect.poll(() => alerts.filter(({ id }) => webhooksOf(id).length === 0), { timeout: 10_000, interval: 50 }).toEqual([])
    const begun = noted.filter((note) => note.what === 'begun' && alerts.some(({ id }) => id === note.id)).length
    // The one whose deliverer was killed has come again, under the same id.
    if (killed.isMidway) expect(noted.filter((note) => note.what === 'begun' && note.id === killed.id).length).toBeGreaterThan(1)
    reportFigure(
      'R23',
      testSeed,
      `round ${round + 1}: ${calls} calls, 4 alerts, ${begun} deliveries begun, killed ${killed.afterMs} ms into one`,
    )
  }
  // Nothing else was ever delivered.
  const known = new Set((await fleet.database.query<{ id: string }>('select id from alerts')).map((row) => row.id))
  expect((await readNotes()).filter((note) => !known.has(note.id))).toEqual([])
})

test('R23: a webhook whose process is killed while its receiver thinks comes again, under the same id', async () => {
  await Promise.all(slots.map((slot) => slot.process.kill()))
  const [slot] = slots as [Slot]
  slot.process = await start(slot.dataDir)
  receiver.answer = () => {}
  const [row] = await fleet.database.query<{ id: string }>(
    `insert into alerts (kind, details, dedupe_key) values ('dead_letter', '{"dead_letter_id": 1, "call_id": null, "error": "x"}', 'kill') returning id`,
  )
  const id = row?.id ?? ''
  await expect.poll(() => webhooksOf(id), { timeout: 20_000, interval: 5 }).toHaveLength(1)
  await slot.process.kill()
  receiver.answer = (response) => response.end()
  slot.process = await start(slot.dataDir)
  await expect
    .poll(async () => (await listDeliveries(fleet.database, id)).map(({ status }) => status), { timeout: 20_000 })
    .toEqual(['sent'])
  const webhooks = webhooksOf(id)
  expect(webhooks).toHaveLength(2)
  for (const { body, headers } of webhooks) {
    expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toMatchObject({ type: 'dead_letter', data: { id } })
  }
})

/** What came of an alert: the receiver knows a repetition by the id. */
function webhooksOf(alertId: string) {
  return receiver.received.filter(({ headers }) => headers['webhook-id'] === `${alertId}.${channelId}`)
}

function start(dataDir: string): Promise<GatewayProcess> {
  return fleet.start(dataDir, { TEST_DELIVERIES: file, CATRACA_ALLOW_LOCAL_WEBHOOKS: 'true' })
}

async function alertsOf(clientId: string, deliveredOnly = false) {
  const alerts = await listAlerts(fleet.database, { clientId, limit: 100 })
  return deliveredOnly ? alerts.filter((alert) => alert.deliveredAt !== null) : alerts
}

async function readNotes(): Promise<{ what: string; id: string; pid: number }[]> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [what = '', id = '', pid] = line.split(' ')
      return { what, id, pid: Number(pid) }
    })
}

/** Waits until somebody is delivering an alert of this client, all of whose calls are answered by then, and kills that process: if it is held, in the middle. */
async function killInDelivery(clientId: string, isHeld: boolean): Promise<{ id: string; afterMs: number; isMidway: boolean }> {
  await expect.poll(() => alertsOf(clientId), { timeout: 30_000, interval: 20 }).toHaveLength(4)
  let victim: { id: string; pid: number } | undefined
  const ids = new Set((await alertsOf(clientId)).map((alert) => alert.id))
  await expect
    .poll(
      async () => {
        const notes = await readNotes()
        const isDone = (id: string) => notes.some((note) => note.what === 'done' && note.id === id)
        victim = notes.find((note) => note.what === 'begun' && ids.has(note.id) && !isDone(note.id))
        return victim
      },
      { timeout: 20_000, interval: 5 },
    )
    .toBeDefined()
  // In the middle of a delivery; or about the end of its 300 ms, when it is done and perhaps not yet noted.
  const afterMs = isHeld ? 0 : Math.round(270 + random() * 60)
  await delay(afterMs)
  const slot = slots.find((one) => one.process.pid === victim?.pid) as Slot
  await slot.process.kill()
  const isMidway = !(await readNotes()).some((note) => note.what === 'done' && note.id === victim?.id)
  await rm(`${file}.hold`, { force: true })
  slot.process = await start(slot.dataDir)
  return { id: victim?.id ?? '', afterMs, isMidway }
}
