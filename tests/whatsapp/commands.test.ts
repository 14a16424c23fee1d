import { afterAll, beforeAll, expect, it } from 'vitest'
import { runCli } from '../../src/cli/index.ts'
import { graphText } from '../../src/emulator/index.ts'
import { simulate } from '../../src/simulate.ts'
import { addBudget, count } from '../_support/ledger.ts'
import { createTestTerminal, runCommand } from '../_support/terminal.ts'
import { startWhatsAppGateway, untilAnswersEnd, type WhatsAppGateway } from '../_support/whatsapp.ts'

let gateway: WhatsAppGateway
beforeAll(async () => {
  gateway = await startWhatsAppGateway()
})
afterAll(() => gateway.close())

const ada = '5511999990001'
const admin = '5511999990009'
const run = (...argv: string[]) => runCommand(gateway.env, 'whatsapp', ...argv)

it('simulate plays the guide’s step 8: webhook, reply, row, budget, and leaves nothing but the row', async () => {
  await addBudget(gateway.database, gateway.client.id, { limit: 100_000 })
  const terminal = createTestTerminal(gateway.env)
  const code = await runCli(['whatsapp', 'simulate', 'oi', '--client', 'agencia'], { up: async () => {}, simulate, terminal })
  expect(terminal.stderr).toContain('[AI Gateway] Routing request through AI Gateway\n')
  expect(terminal.stderr).toMatch(/\[Usage Tracking\] Logged usage: \d+ tokens, R\$ /)
  expect(terminal.stdout).toMatch(
    /^Webhook +200 in \d+ ms, signed, for agencia\nReply +after [\d.]+ s: .*oi.*\nRow +[0-9a-f-]{36}: source whatsapp, gpt-4o-mini via direct, \d+ tokens, R\$ [\d.]+, ok\n\nCLIENT .*\nagencia +tokens daily +\d+ +100,000 /,
  )
  expect(code).toBe(0)
  expect(gateway.graph.sent()).toEqual([])
  expect(await count(gateway.database, 'conversations')).toBe(0)
  expect(await count(gateway.database, 'whatsapp_channels')).toBe(0)
  expect(await gateway.database.query(`select name from vault.secrets where name like 'whatsapp\\_99%'`)).toEqual([])
  expect(await gateway.database.query(`select phone from gateway_usage_logs where source = 'whatsapp'`)).toEqual([{ phone: null }])
})

it('adds, changes, lists and removes channels; secrets go in and never come out', async () => {
  const added = await run(
    'add',
    '--client',
    'agencia',
    '--phone-number-id',
    '106540352242922',
    '--access-token',
    'test-token-in',
    '--app-secret',
    'test-secret-in',
  )
  expect(added.stdout).toMatch(/Callback URL: https:\/\/YOUR-ADDRESS\/webhooks\/whatsapp\/[0-9a-f-]{36}\n {2}Verify token: [\w-]{32}\n/)
  expect(
    (await run('set', '106540352242922', '--pause', '0', '--admins', admin, '--contact-tokens', '500', '--model', 'openai/gpt-4o')).code,
  ).toBe(0)
  const [listed] = (await run('list', 'agencia', '--json')).json<Record<string, unknown>[]>()
  expect(listed).toMatchObject({
    reply_pause_ms: 0,
    history_tokens: 2000,
    admin_phones: [admin],
    model: 'openai/gpt-4o',
    has_app_secret: true,
  })
  expect((await run('set', '106540352242922', '--model', 'none', '--contact-tokens', 'none', '--json')).json()).toMatchObject({
    model: null,
    contact_daily_tokens: null,
    admin_phones: [admin],
  })
  expect((await run('set', '106540352242922', '--admins', 'ana')).code).toBe(2)
  const said = await run(
    'set',
    '106540352242922',
    '--hands-off',
    'on',
    '--keywords',
    ' atendente ',
    'atendente',
    '--video-notice',
    'Só texto.',
    '--json',
  )
  const bot = { hands_off: true, hand_off_keywords: ['atendente'], hand_off_notice: null, video_notice: 'Só texto.' }
  expect(said.json()).toMatchObject(bot)
  expect((await run('set', '106540352242922', '--keywords', '?!')).stderr).toContain('Hand-off keywords are')
  const { stdout } = await run('list')
  const dump =
    JSON.stringify(await gateway.database.query('select to_jsonb(c) from whatsapp_channels c')) +
    JSON.stringify(await gateway.database.query('select to_jsonb(a) from audit_log a'))
  for (const text of [added.stdout, stdout, dump]) expect(text).not.toMatch(/test-token-in|test-secret-in/)
  const other = await gateway.addClient()
  const [slug] = await gateway.database.query<{ slug: string }>('select slug from clients where id = $1', [other.id])
  const taken = await run(
    'add',
    '--client',
    slug?.slug ?? '',
    '--phone-number-id',
    '106540352242922',
    '--access-token',
    'x',
    '--app-secret',
    'y',
  )
  expect(taken).toMatchObject({ code: 1, stderr: "catraca: The phone number id 106540352242922 is another client's.\n" })
  expect((await run('remove', '106540352242922')).stdout).toBe('Removed the channel 106540352242922.\n')
  expect((await run('remove', '106540352242922')).code).toBe(1)
  const { id } = await gateway.addChannel()
  expect((await run('remove', id)).code).toBe(0)
  expect((await run('remove', id)).code).toBe(1)
})

it('adds, changes, lists and removes tools', async () => {
  const { phoneNumberId: number } = await gateway.addChannel()
  const add = (...rest: string[]) =>
    run('tool', 'add', number, 'consulta', '--url', 'https://loja.example/catraca', '--description', 'Diz onde está.', ...rest)
  const schema = { type: 'object', properties: { pedido: { type: 'string' } } }
  const added = await add('--parameters', JSON.stringify(schema))
  expect(added.stdout).toMatch(/^whsec_\S{44}\n$/)
  expect((await add()).stdout).toBe('Changed consulta; its secret stays.\n')
  const listed = (await run('tool', 'list', number, '--json')).json()
  expect(listed).toMatchObject([{ name: 'consulta', url: 'https://loja.example/catraca', parameters: { type: 'object', properties: {} } }])
  expect((await run('tool', 'secret', number, 'consulta')).stdout).toMatch(/^whsec_/)
  const refused = [
    await add('--parameters', '{'),
    await add('--parameters', '{"type":"string"}'),
    await add('--url', 'http://loja.example/'),
    await add('--url', 'https://10.0.0.1/'),
    await run('tool', 'add', number, 'hand_off_to_human', '--url', 'https://loja.example/', '--description', 'x'),
    await run('tool', 'list', '1'),
  ]
  expect(refused.map(({ code }) => code)).toEqual([2, 1, 1, 1, 1, 1])
  expect((await run('tool', 'remove', number, 'consulta')).stdout).toBe('The model calls consulta no more.\n')
  expect((await run('tool', 'remove', number, 'consulta')).code).toBe(1)
})

it('exports and erases a contact, keeps messages as long as their client does, and hands off', async () => {
  const channel = await gateway.addChannel()
  await channel.say(ada, 'meu nome é Ada')
  await channel.write(graphText('5511999990002', 'sou outra pessoa'))
  await untilAnswersEnd(gateway.database, 2)
  expect((await run('handoff', '+55 11 99999-0001', '--client', 'agencia', '--to', 'human')).stdout).toBe(
    'From now on the human answers this contact.\n',
  )
  const exported = (await run('export', ada, '--client', 'agencia')).json<{
    conversations: { status: string; messages: object[] }[]
    calls: object[]
  }>()
  expect(exported.conversations).toMatchObject([
    {
      status: 'human',
      messages: [
        { direction: 'in', body: 'meu nome é Ada' },
        { direction: 'out', status: 'sent' },
      ],
    },
  ])
  expect(exported.calls).toHaveLength(1)
  expect((await run('erase', ada, '--client', 'agencia', '--json')).json()).toEqual({ conversations: 1, messages: 2, calls: 1 })
  for (const table of [
    'messages',
    'conversations',
    'whatsapp_answers',
    'gateway_usage_logs',
    'budget_adjustments',
    'call_admissions',
    'audit_log',
    'alerts',
  ]) {
    const text = JSON.stringify(await gateway.database.query(`select to_jsonb(t)::text from ${table} t`))
    expect({ table, names: text.includes('Ada') || text.includes(ada) }).toEqual({ table, names: false })
  }
  expect(await count(gateway.database, `gateway_usage_logs where source = 'whatsapp'`)).toBe(3)
  expect((await run('retention', 'agencia', '30')).stdout).toBe('Messages of agencia are deleted after 30 days.\n')
  await gateway.database.query(`update messages set created_at = now() - interval '31 days'`)
  await gateway.database.query(`update conversations set last_message_at = now() - interval '31 days'`)
  await gateway.database.query('select whatsapp_forget_old()')
  expect([await count(gateway.database, 'messages'), await count(gateway.database, 'conversations')]).toEqual([0, 0])
})

it('knows a Brazilian number with and without its ninth digit', async () => {
  const channel = await gateway.addChannel()
  await channel.say('553187654321', 'meu nome é Bia')
  await untilAnswersEnd(gateway.database, 1)
  const dialled = ['+55 31 98765-4321', '--client', 'agencia']
  expect((await run('handoff', ...dialled, '--to', 'human')).stdout).toBe('From now on the human answers this contact.\n')
  expect((await run('export', ...dialled)).json()).toMatchObject({
    conversations: [{ messages: [{ body: 'meu nome é Bia' }, {}] }],
    calls: [{}],
  })
  expect((await run('erase', ...dialled, '--json')).json()).toEqual({ conversations: 1, messages: 2, calls: 1 })
})
