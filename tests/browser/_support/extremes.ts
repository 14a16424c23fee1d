import { expect, vi } from 'vitest'
import type { Browser } from '../../_support/browser.ts'
import { startTestGateway, type TestGateway } from '../../_support/gateway.ts'
import { addPerson } from '../../_support/people.ts'
import { addUsageRows } from '../../_support/usage-rows.ts'

export interface Extremes {
  gateway: TestGateway
  admin: Browser
  client: Browser
  callId: string
  /** 120 letters without a space. */
  longName: string
  close(): Promise<void>
}

/** 200 clients, one with a name of one long word, of whose calls one cost R$ 123,456,789.01 and one next to nothing; 50 models. */
export async function startExtremes(): Promise<Extremes> {
  const gateway = await startTestGateway({ env: { CATRACA_TRUSTED_PROXIES: '127.0.0.1', USD_BRL_RATE: '5.4' } })
  const { database } = gateway
  const longName = 'Saneamentos'.repeat(11).slice(0, 120)
  const { id, key } = await gateway.addClient({ slug: 'extremo' })
  await database.query('update clients set name = $2 where id = $1', [id, longName])
  await database.query("insert into clients (slug, name) select 'cliente-' || n, 'Cliente ' || n from generate_series(1, 198) n")
  await database.query(
    `insert into client_budgets (client_id, budget_type, budget_limit, budget_period, pause_at_limit)
     values ($1, 'brl', 1000000, 'monthly', true), ($1, 'brl', 123456789.01, 'daily', false), ($1, 'tokens', 100000000, 'daily', false)`,
    [id],
  )
  // The call begins the budgets' periods.
  await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: 'oi' }] }),
  })
  await vi.waitFor(async () => expect(await database.query('select 1 from gateway_usage_logs')).toHaveLength(1), { timeout: 20_000 })
  await vi.waitFor(async () => expect(await database.query('select 1 from call_admissions')).toEqual([]), { timeout: 20_000 })
  const callId = '019aa000-0000-7000-8000-000000000001'
  const row = { client_id: id, created_at: new Date(Date.now() - 1_000).toISOString(), usd_brl_rate: '5.4' }
  await addUsageRows(database, [
    {
      ...row,
      call_id: callId,
      input_tokens: 1_900_000_000,
      output_tokens: 100_000_000,
      total_tokens: 2_000_000_000,
      cost_brl: '123456789.01',
      cost_usd: '22862368.335185',
      latency_ms: 7_260_000,
    },
    { ...row, model_name: 'gpt-4o', cost_brl: '0.0000004', cost_usd: '0.000000074' },
    { ...row, was_cached: true, source: 'cache', cost_brl: '0', cost_usd: '0', saved_brl: '98765432.1', saved_usd: '18289894.83' },
    ...Array.from({ length: 50 }, (_, n) => ({ ...row, model_name: `a-model-with-a-rather-long-name-of-its-own-2025-11-${n}` })),
  ])
  await database.query(
    `update budget_periods p set used = filled.used, opening = filled.used - p.used, opened_upto = (select max(id) from gateway_usage_logs)
     from budgets b cross join lateral (select (b.limit_amount * 13.4)::bigint as used) filled
     where b.client_id = $1 and p.budget_id = b.id and b.budget_limit in (1000000, 100000000)`,
    [id],
  )
  const person = (name: string, role: 'admin' | 'client', n: number) => {
    const wish = role === 'client' ? { role, clientId: id } : { role, clientId: undefined }
    return addPerson(gateway, { email: `${name.toLowerCase()}@agencia.example`, name, ...wish }, `203.0.113.${n}`)
  }
  return {
    gateway,
    callId,
    longName,
    admin: await person('Ana', 'admin', 1),
    client: await person('Paulo', 'client', 2),
    close: () => gateway.close(),
  }
}
