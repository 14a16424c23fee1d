import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AdminClient, adminClient, adminToken } from '../_support/admin-client.ts'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'

let gateway: TestGateway
let ask: AdminClient['ask']

beforeAll(async () => {
  gateway = await startTestGateway({ env: { CATRACA_ADMIN_TOKEN: adminToken } })
  ask = adminClient(gateway.url).ask
})
afterAll(() => gateway.close())

interface Listed {
  items: { slug: string; budgets: { type: string }[]; active_keys: number }[]
  next: string | null
  total: number
}
const callStatus = (key: string) =>
  new OpenAI({ apiKey: key, baseURL: `${gateway.url}/v1`, maxRetries: 0 }).chat.completions
    .create({ model: 'openai/gpt-4o-mini', max_tokens: 20, messages: [{ role: 'user', content: 'oi' }] })
    .then(
      () => 200,
      (error: { status: number }) => error.status,
    )

describe('clients by HTTP', () => {
  it('are added, changed and given keys; what is changed holds for the next call', async () => {
    const made = await ask('POST', '/clients', { slug: 'padaria', name: 'Padaria São João', use_ai_gateway: true })
    expect(made).toMatchObject({ status: 200, body: { slug: 'padaria', plan: 'free', time_zone: 'America/Sao_Paulo', status: 'active' } })
    const key = await ask<{ id: string; key: string }>('POST', '/clients/padaria/keys', { name: 'bot', expires_at: '2099-01-31' })
    expect(await callStatus(key.body.key)).toBe(200)

    expect((await ask('PATCH', '/clients/padaria', { use_ai_gateway: false })).body).toMatchObject({ use_ai_gateway: false })
    await expect.poll(() => callStatus(key.body.key), { timeout: 15_000 }).toBe(403)
    const back = {
      use_ai_gateway: true,
      fallback_chain: ['groq/llama-3.3-70b-versatile'],
      max_requests_per_minute: 30,
      cache_enabled: false,
    }
    expect((await ask('PATCH', '/clients/padaria', back)).body).toMatchObject(back)
    const cleared = { fallback_chain: null, max_requests_per_minute: null, cache_enabled: null }
    expect((await ask('PATCH', '/clients/padaria', cleared)).body).toMatchObject({
      ...cleared,
      use_ai_gateway: true,
      name: 'Padaria São João',
    })

    // The nightly cleaning counts the days back from now: a number that leads out of the calendar would end it for everybody.
    expect((await ask('PATCH', '/clients/padaria', { message_retention_days: 2_000_000_000 })).status).toBe(400)
    expect((await ask('PATCH', '/clients/padaria', { message_retention_days: 90 })).body).toMatchObject({ message_retention_days: 90 })
    const audited = await gateway.database.query<{ actor: string; days: number }>(
      `select actor, (after ->> 'message_retention_days')::int as days from audit_log
       where table_name = 'clients' and action = 'update' order by id desc limit 1`,
    )
    expect(audited).toEqual([{ actor: 'admin token', days: 90 }])
    expect((await ask('PATCH', '/clients/padaria', { message_retention_days: null })).body).toMatchObject({ message_retention_days: null })

    const revoked = await ask<{ revoked_at: string }>('POST', `/keys/${key.body.id}/revoke`)
    expect(revoked.body).toMatchObject({ status: 'revoked', client: 'padaria', revoked_at: expect.stringMatching(/Z$/) })
    // Revoking twice is revoking once.
    const again = await ask('POST', `/keys/${key.body.id}/revoke`)
    expect(again.body).toMatchObject({ status: 'revoked', revoked_at: revoked.body.revoked_at })
    await expect.poll(() => callStatus(key.body.key), { timeout: 15_000 }).toBe(401)
    const keys = await ask<{ status: string }[]>('GET', '/clients/padaria/keys')
    expect(keys.body.map(({ status }) => status)).toEqual(['revoked'])
    expect(JSON.stringify(keys.body)).not.toContain(key.body.key)
  })

  it('are found by name, paged to the last one, and exported', async () => {
    for (const slug of ['loja-a', 'loja-b', 'loja-c', 'loja-d', 'loja-e'])
      await ask('POST', '/clients', { slug, name: `Loja "${slug}", centro` })
    await ask('PUT', '/clients/loja-c/budgets/brl/monthly', { limit: '10' })
    const first = await ask<Listed>('GET', '/clients?search=LOJA&limit=2')
    expect(first.body).toMatchObject({ items: [{ slug: 'loja-a' }, { slug: 'loja-b' }], total: 5 })
    const second = await ask<Listed>('GET', `/clients?search=LOJA&limit=2&cursor=${first.body.next}`)
    expect(second.body.items).toMatchObject([{ slug: 'loja-c', budgets: [{ type: 'brl' }] }, { slug: 'loja-d' }])
    const last = await ask<Listed>('GET', `/clients?search=LOJA&limit=2&cursor=${second.body.next}`)
    expect(last.body).toMatchObject({ items: [{ slug: 'loja-e' }], next: null })
    expect((await ask<Listed>('GET', '/clients?sort=usage&order=desc&limit=1&search=loja')).body.items).toMatchObject([{ slug: 'loja-c' }])

    const csv = await ask<string>('GET', '/clients?search=loja&limit=2&format=csv')
    const lines = csv.body.trimEnd().split('\r\n')
    expect(lines[0]).toMatch(/^\uFEFF?id,slug,name,plan/)
    expect(lines).toHaveLength(6)
    expect(lines[1]).toContain(',loja-a,"Loja ""loja-a"", centro",free,active,')
  })

  it('have guardrails and aliases of their own', async () => {
    const rules = await ask('PATCH', '/clients/loja-a/guardrails', { mask_pii: ['cpf'], blocked_terms: ['aposta'], max_input_tokens: 500 })
    expect(rules.body).toEqual({
      mask_pii: ['cpf'],
      blocked_terms: ['aposta'],
      max_input_tokens: 500,
      allowed_models: null,
      moderation: null,
    })
    expect((await ask('PATCH', '/clients/loja-a/guardrails', { max_input_tokens: null })).body).toMatchObject({
      max_input_tokens: null,
      mask_pii: ['cpf'],
    })
    const moderated = await ask('PATCH', '/clients/loja-a/guardrails', { moderation: { categories: ['hate'] } })
    expect(moderated.body.moderation).toEqual({ model: 'openai/omni-moderation-latest', categories: ['hate'], fails: 'closed' })
    expect((await ask('PATCH', '/clients/loja-a/guardrails', { moderation: null })).body).toMatchObject({
      moderation: null,
      mask_pii: ['cpf'],
    })
    await ask('DELETE', '/clients/loja-a/guardrails')
    expect((await ask('GET', '/clients/loja-a/guardrails')).body).toMatchObject({ mask_pii: [], blocked_terms: [] })

    const route = {
      strategy: 'weighted',
      targets: [
        { model: 'openai/gpt-4o', weight: 7 },
        { model: 'openai/gpt-4o-mini', via: 'direct', weight: 3 },
      ],
    }
    const made = await ask('PUT', '/routes/bot%2Fchat?client=loja-a', route)
    expect(made).toMatchObject({
      status: 200,
      body: { alias: 'bot/chat', client: 'loja-a', strategy: 'weighted', targets: [{ weight: 7, via: null }, { weight: 3 }] },
    })
    expect((await ask<object[]>('GET', '/routes?client=loja-a')).body).toHaveLength(1)
    expect((await ask('PATCH', '/clients/loja-a', { primary_model: 'bot/chat' })).status).toBe(200)
    expect((await ask('DELETE', '/routes/bot%2Fchat?client=loja-a')).body).toEqual({ removed: true })
  })

  it('leave a trace of every change, with what differs and by whom', async () => {
    await ask('PATCH', '/clients/loja-b', { plan: 'pro' })
    const { body } = await ask<{ items: object[] }>('GET', '/audit?client=loja-b&table=clients')
    expect(body.items).toMatchObject([
      {
        actor: 'admin token',
        action: 'update',
        client: 'loja-b',
        row_name: 'Loja "loja-b", centro',
        before: { plan: 'free' },
        after: { plan: 'pro' },
      },
      { action: 'insert', before: null, after: { slug: 'loja-b' } },
    ])
  })

  it('say in the trace of a budget what its figures are in, and find it by a part of who changed it', async () => {
    await ask('PUT', '/clients/loja-b/budgets/usd/weekly', { limit: '5' })
    await ask('PUT', '/clients/loja-b/budgets/usd/weekly', { limit: '7' })
    const { body } = await ask<{ items: object[] }>('GET', '/audit?client=loja-b&table=budgets&actor=TOKEN')
    expect(body.items[0]).toMatchObject({
      budget: { type: 'usd', period: 'weekly' },
      before: { budget_limit: 5 },
      after: { budget_limit: 7 },
    })
    expect((await ask<{ items: object[] }>('GET', '/audit?client=loja-b&actor=ana@')).body.items).toEqual([])
  })

  it.each([
    ['POST', '/clients', { slug: 'Not A Slug', name: 'x' }, 400, 'slug'],
    ['POST', '/clients', { slug: 'agencia', name: 'x' }, 400, 'already'],
    ['POST', '/clients', { slug: 'zona', name: 'x', time_zone: 'Marte/Olimpo' }, 400, 'Marte/Olimpo'],
    ['PATCH', '/clients/agencia', { plano: 'pro' }, 400, 'plano'],
    ['PUT', '/clients/agencia/semantic-cache', { similarity: 2 }, 400, 'similarity'],
    ['PUT', '/clients/agencia/semantic-cache', {}, 503, 'pgvector'],
    ['PATCH', '/clients/agencia', { fallback_chain: ['openai/nonexistent'] }, 404, 'nonexistent'],
    ['POST', '/clients/agencia/keys', { name: 'x', expires_at: '2020-01-01' }, 400, 'future'],
    ['GET', '/clients?cursor=abc', undefined, 400, 'cursor'],
    ['GET', '/audit?order=asc', undefined, 400, 'order'],
    ['GET', '/clients/ninguem', undefined, 404, 'ninguem'],
  ])('refuse %s %s with %j in words', async (method, path, body, status, word) => {
    const refused = await ask<{ error: { message: string } }>(method, path, body)
    expect(refused.status).toBe(status)
    expect(refused.body.error.message).toContain(word)
  })

  it('prefers the client of an id to the one that has it as its slug', async () => {
    const id = crypto.randomUUID().replace(/^./, 'a')
    expect(await ask('POST', '/clients', { slug: id, name: 'Named like another' })).toMatchObject({ status: 200 })
    await gateway.database.query('insert into clients (id, name, slug) values ($1, $2, $3)', [id, 'Real', 'the-real-one'])
    expect((await ask('GET', `/clients/${id}`)).body).toMatchObject({ id, slug: 'the-real-one' })
  })
})
