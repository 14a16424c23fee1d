import { expect, vi } from 'vitest'
import type { Browser } from '../../_support/browser.ts'
import { startTestGateway, type TestGateway } from '../../_support/gateway.ts'
import { seededRandom } from '../../_support/ledger.ts'
import { addPerson } from '../../_support/people.ts'
import { addUsageRows, type UsageRowWish } from '../../_support/usage-rows.ts'

interface AgencyClient {
  slug: string
  name: string
  plan: string
  /** Calls a day. */
  calls: number
  /** How much of its monthly budget in reais is used. */
  usedPercent: number
  hard: boolean
}

const clients: readonly AgencyClient[] = [
  { slug: 'padaria-sol', name: 'Padaria Sol', plan: 'starter', calls: 6, usedPercent: 30, hard: true },
  { slug: 'clinica-aurora', name: 'Clínica Aurora', plan: 'pro', calls: 16, usedPercent: 85, hard: true },
  { slug: 'loja-veste-bem', name: 'Loja Veste Bem', plan: 'pro', calls: 12, usedPercent: 100, hard: true },
  { slug: 'imobiliaria-horizonte', name: 'Imobiliária Horizonte', plan: 'starter', calls: 5, usedPercent: 62, hard: false },
  { slug: 'escola-caminhos', name: 'Escola Caminhos', plan: 'free', calls: 3, usedPercent: 12, hard: false },
]

/** Dollars for a million tokens of input and of output, as the registry has them at about. */
const models = [
  { provider: 'openai', model_name: 'gpt-4o-mini', upTo: 0.5, input: 0.15, output: 0.6 },
  { provider: 'anthropic', model_name: 'claude-sonnet-4-5', upTo: 0.7, input: 3, output: 15 },
  { provider: 'groq', model_name: 'llama-3.3-70b-versatile', upTo: 0.9, input: 0.59, output: 0.79 },
  { provider: 'google', model_name: 'gemini-2.5-flash', upTo: 1, input: 0.3, output: 2.5 },
] as const

const dayMs = 86_400_000
const dollar = 5.4

export interface Agency {
  gateway: TestGateway
  /** By slug. */
  clients: ReadonlyMap<string, { id: string; key: string }>
  admin: Browser
  viewer: Browser
  /** Of Clínica Aurora. */
  client: Browser
  /** A call of Clínica Aurora that the emulator served. */
  callId: string
  close(): Promise<void>
}

/** An agency after a month: its clients, their calls, budgets near and at their limits, people, alerts, a past. */
export async function startAgency(): Promise<Agency> {
  const gateway = await startTestGateway({ env: { CATRACA_TRUSTED_PROXIES: '127.0.0.1', USD_BRL_RATE: String(dollar) } })
  const { database } = gateway
  await database.query("delete from clients where slug = 'agencia'")
  const added = new Map<string, { id: string; key: string }>()
  for (const { slug, name, plan } of clients) {
    added.set(slug, await gateway.addClient({ slug }))
    await database.query('update clients set name = $2, plan = $3 where slug = $1', [slug, name, plan])
  }
  const random = seededRandom(20_261_122)
  await addUsageRows(
    database,
    clients.flatMap((client) => monthOf(client, added.get(client.slug)?.id ?? '', random)),
  )
  for (const client of clients) await addBudgets(gateway, client, added.get(client.slug)?.id ?? '')
  const callId = await callOf(gateway, added.get('clinica-aurora')?.key ?? '')
  for (const [slug, { key }] of added) if (slug !== 'clinica-aurora') await callOf(gateway, key)
  await vi.waitFor(async () => expect(await database.query('select 1 from call_admissions')).toEqual([]), { timeout: 10_000 })
  await fillBudgets(gateway)
  // The one is warned of, the other refused.
  await callOf(gateway, added.get('clinica-aurora')?.key ?? '')
  await callOf(gateway, added.get('loja-veste-bem')?.key ?? '')
  await connect(gateway, added.get('clinica-aurora')?.id ?? '')
  const at = (n: number) => `203.0.113.${n}`
  const aurora = added.get('clinica-aurora')?.id
  return {
    gateway,
    clients: added,
    callId,
    admin: await addPerson(gateway, { email: 'ana@agencia.example', name: 'Ana Ribeiro', role: 'admin', clientId: undefined }, at(1)),
    viewer: await addPerson(gateway, { email: 'vera@agencia.example', name: 'Vera Lopes', role: 'viewer', clientId: undefined }, at(2)),
    client: await addPerson(gateway, { email: 'paulo@aurora.example', name: 'Paulo Aurora', role: 'client', clientId: aurora }, at(3)),
    close: () => gateway.close(),
  }
}

/** The last thirty days, more by day than by night. */
function monthOf({ calls }: AgencyClient, clientId: string, random: () => number): UsageRowWish[] {
  const now = Date.now()
  return Array.from({ length: calls * 30 }, () => {
    const ago = random() * 30 * dayMs
    const at = new Date(now - ago)
    at.setUTCHours(11 + Math.floor(random() * 13))
    if (at.getTime() > now) at.setTime(now - random() * 3_600_000)
    return callAt(at, clientId, random)
  })
}

function callAt(at: Date, client_id: string, random: () => number): UsageRowWish {
  const luck = random()
  const place = random()
  const model = models.find(({ upTo }) => place < upTo) ?? models[0]
  const failed = luck < 0.015
  const cached = !failed && luck < 0.09
  const fallback = !failed && !cached && luck < 0.12
  const input_tokens = Math.round(400 + random() * 3_000)
  const output_tokens = failed ? 0 : Math.round(80 + random() * 900)
  const usd = (input_tokens * model.input + output_tokens * model.output) / 1e6
  const cost = failed || cached ? 0 : usd
  return {
    client_id,
    created_at: at.toISOString(),
    provider: model.provider,
    model_name: model.model_name,
    source: cached ? 'cache' : luck > 0.7 ? 'whatsapp' : 'api',
    input_tokens: failed ? 0 : input_tokens,
    output_tokens,
    total_tokens: failed ? 0 : input_tokens + output_tokens,
    latency_ms: cached ? 4 : Math.round(350 + random() ** 3 * 4_000),
    first_token_ms: cached ? 2 : Math.round(150 + random() * 500),
    was_cached: cached,
    was_fallback: fallback,
    fallback_reason: fallback ? 'upstream_timeout' : null,
    cost_usd: cost.toFixed(12),
    cost_brl: (cost * dollar).toFixed(12),
    ...(cached && { saved_usd: usd.toFixed(12), saved_brl: (usd * dollar).toFixed(12) }),
    usd_brl_rate: String(dollar),
    status: failed ? 'error' : 'ok',
    error_code: failed ? 'upstream_overloaded' : null,
  }
}

/** The limit follows from what the month's calls cost and how full the budget is to be. */
async function addBudgets({ database }: TestGateway, { usedPercent, hard }: AgencyClient, clientId: string): Promise<void> {
  await database.query(
    `insert into client_budgets (client_id, budget_type, budget_limit, budget_period, pause_at_limit)
     select $1, 'brl', greatest(trunc(coalesce(sum(cost_brl), 0) * 100 / $2, 2), 1), 'monthly', $3
     from gateway_usage_logs
     where client_id = $1 and created_at >= date_trunc('month', now() at time zone 'America/Sao_Paulo') at time zone 'America/Sao_Paulo'`,
    [clientId, usedPercent, hard],
  )
  await database.query(
    `insert into client_budgets (client_id, budget_type, budget_limit, budget_period, pause_at_limit) values ($1, 'tokens', 500000, 'daily', false)`,
    [clientId],
  )
}

/** Rows that were not booked by calls count as what the period opened with, so that the books are right. */
async function fillBudgets({ database }: TestGateway): Promise<void> {
  for (const { slug, usedPercent } of clients) {
    await database.query(
      `update budget_periods p set used = filled.used, opening = filled.used - p.used, opened_upto = (select max(id) from gateway_usage_logs)
       from budgets b join clients c on c.id = b.client_id
       cross join lateral (select b.limit_amount * $2::bigint / 100 as used) filled
       where c.slug = $1 and p.budget_id = b.id and b.budget_type = 'brl'`,
      [slug, usedPercent],
    )
    await database.query(
      `update budget_periods p set used = filled.used, opening = filled.used - p.used, opened_upto = (select max(id) from gateway_usage_logs)
       from budgets b join clients c on c.id = b.client_id
       cross join lateral (
         select sum(total_tokens)::bigint as used from gateway_usage_logs
         where client_id = c.id and created_at >= date_trunc('day', now() at time zone 'America/Sao_Paulo') at time zone 'America/Sao_Paulo'
       ) filled
       where c.slug = $1 and p.budget_id = b.id and b.budget_type = 'tokens' and filled.used >= p.used`,
      [slug],
    )
  }
}

/** A number with two conversations, and who is told of alerts. */
async function connect({ database }: TestGateway, clientId: string): Promise<void> {
  await database.query(
    `with number as (
       insert into whatsapp_channels (client_id, phone_number_id, display_phone_number, access_token_secret_id, app_secret_secret_id, verify_token_secret_id)
       values ($1, '106540352242922', '+55 11 3333-4444', gen_random_uuid(), gen_random_uuid(), gen_random_uuid()) returning id
     ), talks as (
       insert into conversations (client_id, channel_id, phone, status, last_message_at, last_inbound_at)
       select $1, id, phone, status, now() - hours * interval '1 hour', now() - hours * interval '1 hour'
       from number, (values ('5511999990001', 'bot', 1), ('5511988880002', 'human', 30)) as of (phone, status, hours)
       returning id, last_message_at
     )
     insert into messages (client_id, conversation_id, direction, body, status, created_at)
     select $1, id, direction, words, status, last_message_at
     from talks, (values ('in', 'Qual é o horário de atendimento?', 'received'), ('out', 'Das 8h às 18h, de segunda a sexta.', 'sent')) as m (direction, words, status)`,
    [clientId],
  )
  await database.query(
    `insert into notification_channels (client_id, kind, address, alert_kinds)
     values (null, 'email', 'ops@agencia.example', null), ($1, 'webhook', 'https://hooks.aurora.example/catraca', '{budget_exceeded}')`,
    [clientId],
  )
}

async function callOf({ url }: TestGateway, key: string): Promise<string> {
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: 'Qual é o horário de atendimento?' }] }),
  })
  await answer.arrayBuffer()
  return answer.headers.get('x-catraca-call-id') ?? ''
}
