import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { SimulatedAnswer, SimulateWhatsApp, Terminal } from './cli/index.ts'
import type { Client } from './clients/index.ts'
import { readConfig } from './config/index.ts'
import {
  addChannel,
  eraseContact,
  findLatestAnswer,
  type LatestAnswer,
  removeChannel,
  updateChannel,
  webhookPath,
} from './conversations/index.ts'
import { type Demo, startDemo } from './demo.ts'
import { deliver, type GraphEmulator, graphDelivery, graphText, startGraphEmulator } from './emulator/index.ts'
import { type RunningServer, startServer } from './server.ts'
import { InvalidRequestError } from './shared/errors.ts'
import type { Log } from './shared/log.ts'

/** Nobody's: Brazil has no area 00. */
const contact = '5500900000000'
const queueReadyMs = 20_000
const pollMs = 25

/**
 * One message through everything: a gateway of its own beside any that runs, Meta's API as an emulator, a channel that only this process
 * answers. The channel and what was said are taken away again; the call's row stays, without the contact.
 */
export const simulate: SimulateWhatsApp = async ({ text, client: wanted, dataDir }, terminal, show) => {
  const token = randomBytes(16).toString('hex')
  const graph = await startGraphEmulator({ token })
  let demo: Demo | undefined
  try {
    const config = readConfig({
      ...terminal.env,
      ...(dataDir !== undefined && { CATRACA_DATA_DIR: dataDir }),
      HOST: '127.0.0.1',
      PORT: '0',
      CATRACA_GRAPH_BASE_URL: graph.url,
      CATRACA_GRAPH_MEDIA_HOSTS: graph.mediaHost,
    })
    const server = await startServer(config, {
      log: consoleLines(terminal),
      demo: async (store) => {
        demo = config.allowsDemo ? await startDemo(store, config.dataDir) : undefined
        return demo?.providers
      },
      whatsapp: { isSimulation: true },
    })
    try {
      const client = await server.context.clients.findForTest(wanted ?? demo?.client.slug)
      if (!client) throw new InvalidRequestError('not_found', noClient(wanted))
      const outcome = await play(server, graph, client, token, text)
      await show({ ...outcome, isDemo: demo !== undefined }, server.context.store.owner)
      await eraseContact(server.context.store.owner, client.id, contact)
    } finally {
      await server.close()
    }
  } finally {
    await demo?.stop()
    await graph.close()
  }
}

function noClient(wanted: string | undefined): string {
  return wanted === undefined
    ? 'There is no client that uses the gateway: npx catraca client add --slug acme --name "Acme" --enable'
    : `There is no client ${wanted}.`
}

async function play(
  { url, context }: RunningServer,
  graph: GraphEmulator,
  client: Client,
  token: string,
  text: string,
): Promise<Omit<SimulatedAnswer, 'isDemo'>> {
  const { owner, vault } = context.store
  const appSecret = randomBytes(16).toString('hex')
  // One a client: one that was broken off is taken over by the next.
  const phoneNumberId = `99${BigInt(`0x${client.id.replaceAll('-', '')}`) % 10n ** 15n}`
  const { id } = await addChannel(owner, vault, { clientId: client.id, phoneNumberId, accessToken: token, appSecret, isSimulated: true })
  try {
    await updateChannel(owner, id, { reply_pause_ms: 0 })
    const sinceMs = performance.now()
    const webhook = await deliverWhenReady(`${url}${webhookPath(id)}`, phoneNumberId, appSecret, text)
    const ended = webhook.status === 200 ? await untilEnded(() => findLatestAnswer(owner, id)) : undefined
    const sent = graph.sent()
    return {
      client: { id: client.id, slug: client.slug },
      webhook,
      replies: sent.map((message) => message.text ?? `[template ${message.template ?? ''}]`),
      replyMs: sent[0] && sent[0].atMs - sinceMs,
      state: ended?.state ?? 'failed',
      errorCode: ended?.error_code ?? null,
      callId: ended?.call_id ?? null,
    }
  } finally {
    await removeChannel(owner, vault, id)
  }
}

/** The job queue is made ready after the server listens. */
async function deliverWhenReady(
  webhookUrl: string,
  phoneNumberId: string,
  appSecret: string,
  text: string,
): Promise<{ status: number; ms: number }> {
  const delivery = graphDelivery(phoneNumberId, { messages: [graphText(contact, text)] })
  for (const sinceMs = performance.now(); ; await delay(pollMs)) {
    const outcome = await deliver(webhookUrl, delivery, appSecret)
    if (outcome.status !== 503 || performance.now() - sinceMs > queueReadyMs) return outcome
  }
}

async function untilEnded(find: () => Promise<LatestAnswer | undefined>): Promise<LatestAnswer> {
  for (;;) {
    const answer = await find()
    if (answer && answer.state !== 'asking' && answer.state !== 'sending') return answer
    await delay(pollMs)
  }
}

/** What the guide tells to look for goes to stderr; stdout is the command's answer. */
function consoleLines(terminal: Terminal): Log {
  return {
    info: (line) => terminal.err(line),
    warn: (line) => terminal.err(line),
    error: (line, cause) => terminal.err(cause instanceof Error ? `${line}: ${cause.message}` : line),
  }
}
