import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { setTool } from '../../src/conversations/index.ts'
import { deliver, type GraphEmulator, graphDelivery, graphStatus, startGraphEmulator } from '../../src/emulator/index.ts'
import { masterKeyFromText, openVault } from '../../src/vault/index.ts'
import { type Fleet, type GatewayProcess, openFleet } from '../_support/gateway-fleet.ts'
import { count } from '../_support/ledger.ts'
import { startWebhookReceiver } from '../_support/webhook-receiver.ts'
import { addTestChannel, appSecret, graphToken, type TestChannel, untilAnswersEnd, untilQueueIsUp } from '../_support/whatsapp.ts'

const ada = '5511999990001'
const leaseMs = 1_000
let graph: GraphEmulator
let fleet: Fleet
/** What one test starts after its crash is the next test's first. */
let current: GatewayProcess | undefined
let dataDir: string | undefined
beforeAll(async () => {
  graph = await startGraphEmulator({ token: graphToken })
  fleet = await openFleet({
    env: {
      CATRACA_GRAPH_BASE_URL: graph.url,
      CATRACA_IDEMPOTENCY_LEASE_MS: '1000',
      CATRACA_ALLOW_LOCAL_WEBHOOKS: 'true',
      TEST_WHATSAPP_LEASE_MS: String(leaseMs),
    },
  })
})
afterAll(async () => {
  await fleet.close()
  await graph.close()
})
beforeEach(() => fleet.database.query('delete from conversations'))

/** A process with a channel of a new client's; the next one gets the channel by `on`. */
async function start(settings: Record<string, unknown> = {}) {
  const vault = await openVault({ database: fleet.database, masterKey: masterKeyFromText(fleet.env.CATRACA_MASTER_KEY ?? '') })
  const client = await fleet.addClient()
  const first = current ?? (await restart())
  await untilQueueIsUp(fleet.database)
  const channel = await addTestChannel({ database: fleet.database, vault, url: first.url }, client.id, settings)
  return {
    first,
    channel,
    vault,
    /** A row is there a moment after the answer: it is booked from the spool. */
    charged: (times: number) =>
      vi.waitFor(async () => expect(await count(fleet.database, `gateway_usage_logs where client_id = '${client.id}'`)).toBe(times)),
    sentBefore: graph.sent().length,
    /** The same channel's address at another process. */
    on: (url: string) => channel.webhook.replace(first.url, url),
  }
}

const restart = async () => {
  // In the same place: what the dead one has settled is in its spool there.
  dataDir ??= await fleet.newDataDir()
  current = await fleet.start(dataDir)
  return current
}

async function say(channel: TestChannel, text: string): Promise<void> {
  expect((await channel.say(ada, text)).status).toBe(200)
}

it('killed after the 200 and before anything else: answered by the next process, once, for one charge', async () => {
  const { first, channel, charged, sentBefore } = await start({ reply_pause_ms: 1_500 })
  await say(channel, 'oi')
  await first.kill()
  await restart()
  await untilAnswersEnd(fleet.database, 1)
  expect(graph.sent().length - sentBefore).toBe(1)
  await charged(1)
})

it('killed while the message was on its way: charged once; sent again only if Meta tells nothing of it', async () => {
  const { first, channel, charged, sentBefore } = await start()
  graph.inject({ hang: true, times: 1 })
  await say(channel, 'sem notícia')
  await graph.untilSent(sentBefore + 1)
  await first.kill()
  await restart()
  await untilAnswersEnd(fleet.database, 1)
  // Meta took the first one as well: the Graph API has no key that would have told it.
  expect((await graph.untilSent(sentBefore + 2)).length - sentBefore).toBe(2)
  expect(
    new Set(
      graph
        .sent()
        .slice(sentBefore)
        .map(({ messageId }) => messageId),
    ).size,
  ).toBe(1)
  await charged(1)
})

it('killed while the message was on its way, and Meta’s status arrives: sent once', async () => {
  const { first, channel, charged, sentBefore, on } = await start()
  graph.inject({ hang: true, times: 1 })
  await say(channel, 'com notícia')
  const [sent] = (await graph.untilSent(sentBefore + 1)).slice(sentBefore)
  await first.kill()
  if (!sent) throw new Error('nothing was sent')
  const second = await restart()
  const told = await deliver(
    on(second.url),
    graphDelivery(channel.phoneNumberId, { statuses: [graphStatus(sent, 'delivered')] }),
    appSecret,
  )
  expect(told.status).toBe(200)
  expect(await untilAnswersEnd(fleet.database, 1)).toMatchObject([{ state: 'done' }])
  expect(graph.sent().length - sentBefore).toBe(1)
  await charged(1)
})

it('killed while the model was answering: the contact gets one answer; the lost call stays a hold of its own until it is booked', async () => {
  const { first, channel, charged, sentBefore } = await start()
  fleet.emulator.reset()
  await say(channel, 'pense [[emulate delay=2500 nth=1]]')
  await vi.waitFor(() => expect(fleet.emulator.requests().length).toBeGreaterThan(0), { timeout: 15_000, interval: 10 })
  await delay(100)
  await first.kill()
  await restart()
  await untilAnswersEnd(fleet.database, 1)
  expect(graph.sent().length - sentBefore).toBe(1)
  await charged(1)
  expect(await fleet.database.query('select attempt from whatsapp_answers')).toEqual([{ attempt: 2 }])
})

it('killed while a tool was called: the model’s first answer is not paid again, and the tool hears the same id twice', async () => {
  const { first, channel, vault, charged, sentBefore } = await start()
  const system = await startWebhookReceiver()
  try {
    const wish = { channelId: channel.id, name: 'consulta', description: 'Consulta.', url: system.url }
    await setTool({ db: fleet.database, vault, allowsLocal: true }, wish)
    fleet.emulator.reset()
    system.answer = () => {}
    await say(channel, 'use tool consulta')
    await vi.waitFor(() => expect(system.received).toHaveLength(1), { timeout: 20_000, interval: 10 })
    await first.kill()
    system.answer = (response) => response.end('pronto')
    await restart()
    await untilAnswersEnd(fleet.database, 1)
    expect(system.received.map(({ headers }) => headers['webhook-id'])).toEqual(Array(2).fill(system.received[0]?.headers['webhook-id']))
    expect(fleet.emulator.requests()).toHaveLength(2)
    expect(graph.sent().length - sentBefore).toBe(1)
    await charged(2)
  } finally {
    await system.close()
  }
})

it('told to stop while the model was answering: the answer goes out first', async () => {
  const { first, channel, charged, sentBefore } = await start()
  fleet.emulator.reset()
  await say(channel, 'pense [[emulate delay=1000]]')
  await vi.waitFor(() => expect(fleet.emulator.requests().length).toBeGreaterThan(0), { timeout: 15_000, interval: 10 })
  expect(await first.stop()).toBe(0)
  await untilAnswersEnd(fleet.database, 1)
  expect(graph.sent().length - sentBefore).toBe(1)
  await charged(1)
})
