import { expect, vi } from 'vitest'
import type { Database } from '../../src/database/index.ts'
import { deliver, type GraphEmulator, type GraphMessage, graphDelivery, graphText, startGraphEmulator } from '../../src/emulator/index.ts'
import type { Vault } from '../../src/vault/index.ts'
import { startTestGateway, type TestGateway, type TestGatewayOptions } from './gateway.ts'

export const graphToken = 'test-access-token'
export const appSecret = 'test-app-secret'
export const verifyToken = 'test-verify-token'

export interface TestChannel {
  id: string
  clientId: string
  phoneNumberId: string
  webhook: string
  /** As Meta delivers them, signed. */
  write(...messages: GraphMessage[]): Promise<{ status: number; ms: number }>
  /** One text from a contact of its own. */
  say(from: string, body: string): Promise<{ status: number; ms: number }>
}

let numbers = 0

/** A channel for a client, its secrets in the vault; `settings` are columns. */
export async function addTestChannel(
  { database, vault, url }: { database: Database; vault: Vault; url: string },
  clientId: string,
  settings: Record<string, unknown> = {},
): Promise<TestChannel> {
  numbers += 1
  const phoneNumberId = `${100_000_000_000_000 + numbers}`
  const put = (name: string, value: string) => vault.put(`${name}_${phoneNumberId}`, value)
  const columns: Record<string, unknown> = {
    client_id: clientId,
    phone_number_id: phoneNumberId,
    access_token_secret_id: await put('access_token', graphToken),
    app_secret_secret_id: await put('app_secret', appSecret),
    verify_token_secret_id: await put('verify_token', verifyToken),
    reply_pause_ms: 0,
    ...settings,
  }
  const names = Object.keys(columns)
  const [row] = await database.query<{ id: string }>(
    `insert into whatsapp_channels (${names.join(', ')}) values (${names.map((_, index) => `$${index + 1}`).join(', ')}) returning id`,
    Object.values(columns),
  )
  const id = row?.id ?? ''
  const webhook = `${url}/webhooks/whatsapp/${id}`
  const write = (...messages: GraphMessage[]) => deliver(webhook, graphDelivery(phoneNumberId, { messages }), appSecret)
  return { id, clientId, phoneNumberId, webhook, write, say: (from, body) => write(graphText(from, body)) }
}

export interface WhatsAppGateway extends TestGateway {
  graph: GraphEmulator
  addChannel(settings?: Record<string, unknown>, clientId?: string): Promise<TestChannel>
}

/** A gateway whose Graph API is an emulator, with its job queue up. */
export async function startWhatsAppGateway(options: TestGatewayOptions = {}): Promise<WhatsAppGateway> {
  const graph = await startGraphEmulator({ token: graphToken })
  const env = { CATRACA_GRAPH_BASE_URL: graph.url, CATRACA_GRAPH_MEDIA_HOSTS: graph.mediaHost, ...options.env }
  const gateway = await startTestGateway({ ...options, env })
  await untilQueueIsUp(gateway.database)
  const { vault } = gateway.server.context.store
  return {
    ...gateway,
    graph,
    addChannel: (settings, clientId = gateway.client.id) =>
      addTestChannel({ database: gateway.database, vault, url: gateway.url }, clientId, settings),
    async close() {
      await gateway.close()
      await graph.close()
    },
  }
}

/** The queue is made ready after the server listens; until then deliveries are a 503. */
export async function untilQueueIsUp(database: Database): Promise<void> {
  // Granted last, after its migrations, some of which make the view anew.
  const isUp = `select has_table_privilege('catraca_gateway', 'graphile_worker.jobs', 'select') as up`
  await vi.waitFor(async () => expect(await database.query(isUp)).toEqual([{ up: true }]), { timeout: 60_000, interval: 50 })
}

/** Also until their calls are booked, which they are a moment after the answer. */
export async function untilAnswersEnd(
  database: Database,
  count: number,
  timeout = 40_000,
): Promise<{ state: string; error_code: string | null }[]> {
  return await vi.waitFor(
    async () => {
      const rows = await database.query<{ state: string; error_code: string | null }>(
        'select state, error_code from whatsapp_answers order by created_at',
      )
      const ended = rows.filter(({ state }) => state !== 'asking' && state !== 'sending')
      if (ended.length < count || ended.length !== rows.length) throw new Error(`${ended.length} of ${count} answers have ended`)
      const open = await database.query('select 1 from call_admissions join whatsapp_answers using (call_id)')
      if (open.length > 0) throw new Error(`the calls of ${open.length} answers are not booked yet`)
      return rows
    },
    { timeout, interval: 20 },
  )
}
