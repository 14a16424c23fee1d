import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ptBr } from '../../dashboard/src/i18n/pt-br/index.ts'
import { createSetupToken, linkTo } from '../../src/accounts/index.ts'
import { axe, loaded, withChromium } from '../_support/chromium.ts'
import { emulatorKeys, startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { addPerson } from '../_support/people.ts'

const chromium = withChromium()
const { configuration: words, clients, budgets, client: clientWords, auth, notifications, whatsapp } = ptBr
let gateway: TestGateway
let page: Page

beforeAll(async () => {
  gateway = await startTestGateway({ keys: [], env: { USD_BRL_RATE: '5.4' } })
  await gateway.database.query('delete from clients')
})
afterAll(() => gateway?.close())

const button = (name: string) => page.getByRole('button', { name, exact: true })
const field = (name: string) => page.getByLabel(name, { exact: true })

/** Whatever the page calls the next step: a newcomer follows it. */
async function goOn(): Promise<void> {
  await page
    .getByRole('button', { name: new RegExp(`^${words.next.split('{{')[0]}`) })
    .last()
    .click()
}

async function storeKey(provider: string, key: string): Promise<void> {
  await field(words.key.label.replace('{{provider}}', provider)).fill(key)
  await button(`${words.key.save}: ${provider}`).click()
  await page.getByText(words.key.saved.replace('{{provider}}', provider)).waitFor()
}

it('lead from the one-time link on an empty database to a green test call, by clicking', async () => {
  const link = linkTo(gateway.url, 'setup', (await createSetupToken(gateway.database)) ?? '')
  page = await chromium.open({ url: gateway.url, path: link.slice(gateway.url.length) })
  await field(auth.name).fill('Ana Ribeiro')
  await field(auth.email).fill('ana@agencia.example')
  await page.locator('input[type=password]').fill('correct horse battery')
  await button(auth.setup.submit).click()
  await page.getByRole('link', { name: ptBr.common.nav.configuration, exact: true }).click()
  await page.waitForURL('**/configuration')
  await loaded(page)

  // The first step is open: no key is there.
  await storeKey('Vercel AI Gateway', emulatorKeys.gateway)
  await goOn()
  await storeKey('OpenAI', emulatorKeys.openai)
  await storeKey('Groq', emulatorKeys.groq)
  await storeKey('Anthropic', emulatorKeys.anthropic)
  await storeKey('Google', emulatorKeys.google)
  await goOn()
  await button(words.client.create).click()
  await page.getByRole('dialog').getByLabel(clients.name, { exact: true }).fill('Padaria Sol')
  await page.getByRole('dialog').getByRole('button', { name: clients.create, exact: true }).click()
  await button(words.client.budget.replace('{{name}}', 'Padaria Sol')).click()
  await page.getByRole('dialog').getByLabel(budgets.limit, { exact: true }).fill('49,90')
  await page.getByRole('dialog').getByText('R$ 49,90').waitFor()
  await page.getByRole('dialog').getByRole('button', { name: budgets.create, exact: true }).click()
  await goOn()
  await button(words.test.run).click()
  await page.getByText(words.test.success).waitFor()
  expect(await axe(page)).toEqual([])

  const read = () =>
    gateway.database.query<{ total_tokens: string; model_name: string; charged: string }>(
      `select total_tokens::text, model_name, (charges -> 0 ->> 'amount') as charged from gateway_usage_logs`,
    )
  await expect.poll(read).toHaveLength(1)
  const [row] = await read()
  expect(Number(row?.charged)).toBeGreaterThan(0)
  const shown = page.locator('dl', { hasText: 'cost_brl' })
  expect(await shown.innerText()).toContain(row?.model_name)
  expect(await shown.innerText()).toContain(row?.total_tokens)
  expect(gateway.emulator.served().length).toBeGreaterThan(0)
  // Every box is green.
  await page.getByText(words.summary.progress.replace('{{done}}', '17').replace('{{total}}', '17')).waitFor()
  await page.getByText(words.summary.done).waitFor()
})

it('make a client and a budget, and explain why a call beyond it is refused', async () => {
  const admin = await addPerson(gateway, { email: 'bia@agencia.example', name: 'Bia', role: 'admin', clientId: undefined })
  page = await chromium.open({ url: gateway.url, as: admin, path: '/clients' })
  await button(clients.create).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel(clients.name, { exact: true }).fill('Clínica Aurora')
  await dialog.getByRole('button', { name: clients.create, exact: true }).click()
  await page.waitForURL('**/clients/clinica-aurora**')
  await loaded(page)
  await page.getByRole('tab', { name: clientWords.tabs.budgets }).click()
  await button(clientWords.budgets.create).first().click()
  await dialog.getByLabel(budgets.limit, { exact: true }).fill('0,001')
  await dialog.getByRole('button', { name: budgets.create, exact: true }).click()
  await dialog.waitFor({ state: 'detached' })
  await page.getByRole('tab', { name: clientWords.tabs.keys }).click()
  await button(clientWords.keys.create).first().click()
  await dialog.getByLabel(clientWords.keys.name, { exact: true }).fill('site')
  await dialog.getByRole('button', { name: clientWords.keys.create, exact: true }).click()
  const key = /ctk_[\w-]+/.exec(await dialog.locator('pre').innerText())?.[0] ?? ''
  await button(clientWords.keys.kept).click()
  await dialog.waitFor({ state: 'detached' })
  // Shown once: nothing of the page has it any more.
  expect(await page.content()).not.toContain(key)

  const call = () =>
    fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'openai/gpt-4o-mini', max_tokens: 30, messages: [{ role: 'user', content: 'oi' }] }),
    })
  let refused = await call()
  for (let n = 0; n < 100 && refused.status === 200; n++) {
    await refused.arrayBuffer()
    refused = await call()
  }
  const { error } = (await refused.json()) as { error: { code: string } }
  expect({ status: refused.status, code: error.code }).toEqual({ status: 402, code: 'budget_exceeded' })

  // Without a reload: the page hears of it.
  await page.getByRole('tab', { name: clientWords.tabs.overview }).click()
  await page
    .getByText(/Chamadas? recusadas?/)
    .first()
    .waitFor()
  await page
    .getByText(/limite R\$\s0,001/)
    .first()
    .waitFor()

  // And whoever tries it is told why, with what one can do.
  chromium.allow(/status of 402/)
  await page.goto('/playground?client=clinica-aurora')
  await loaded(page)
  await page.getByLabel(ptBr.playground.composer.label, { exact: true }).fill('oi')
  await button(ptBr.playground.composer.send).click()
  const note = page.getByRole('alert').filter({ hasText: ptBr.playground.refused.budget })
  await note.waitFor()
  expect(await note.innerText()).toMatch(/R\$\s0,001/)
  expect(await note.innerText()).toContain('402')
  expect(await note.getByRole('link').count()).toBeGreaterThan(0)
})

it('connect a number, hand a conversation over, and tell a program of alerts', async () => {
  const admin = await addPerson(gateway, { email: 'davi@agencia.example', name: 'Davi', role: 'admin', clientId: undefined })
  page = await chromium.open({ url: gateway.url, as: admin, path: '/clients/clinica-aurora?tab=conversations' })
  const dialog = page.getByRole('dialog')
  await button(whatsapp.connect.title).click()
  await dialog.getByLabel(whatsapp.connect.number, { exact: true }).fill('106540352242922')
  await dialog.getByLabel(whatsapp.connect.token, { exact: true }).fill('test-access')
  await dialog.getByLabel(whatsapp.connect.secret, { exact: true }).fill('test-app')
  await button(whatsapp.connect.submit).click()
  const address = await dialog.getByLabel(whatsapp.connected.url, { exact: true }).inputValue()
  const token = await dialog.getByLabel(whatsapp.connected.token, { exact: true }).inputValue()
  const challenge = await fetch(`${address}?hub.mode=subscribe&hub.verify_token=${token}&hub.challenge=42`)
  expect(await challenge.text()).toBe('42')
  await gateway.database.query(
    "insert into conversations (client_id, channel_id, phone) select client_id, id, '5511999990001' from whatsapp_channels",
  )
  await button(whatsapp.connected.done).click()
  await dialog.waitFor({ state: 'detached' })
  await page.reload()
  await page.getByRole('button', { name: new RegExp(`^${whatsapp.conversations.to.human}`) }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: whatsapp.conversations.to.human, exact: true }).click()
  await page.getByRole('button', { name: new RegExp(`^${whatsapp.conversations.to.bot}`) }).waitFor()
  expect(await gateway.database.query('select status from conversations')).toEqual([{ status: 'human' }])

  await page.getByRole('tab', { name: clientWords.tabs.alerts }).click()
  await button(notifications.add).click()
  await dialog.getByLabel(notifications.kinds.webhook, { exact: true }).click()
  await dialog.getByLabel(notifications.address.webhook, { exact: true }).fill('https://hooks.aurora.example/catraca')
  await dialog.getByRole('button', { name: notifications.add, exact: true }).click()
  expect(await dialog.getByLabel(notifications.secret.label, { exact: true }).inputValue()).toMatch(/^whsec_/)
  await button(notifications.secret.kept).click()
  await page.getByText('https://hooks.aurora.example/catraca', { exact: true }).waitFor()
  expect(await axe(page)).toEqual([])
})

it('give its bot a tool and a person to hand over to, and tell a phone of alerts', async () => {
  const admin = await addPerson(gateway, { email: 'elisa@agencia.example', name: 'Elisa', role: 'admin', clientId: undefined })
  page = await chromium.open({ url: gateway.url, as: admin, path: '/whatsapp' })
  const dialog = page.getByRole('dialog')
  const choose = async (name: string) => {
    await page.getByRole('button', { name: /106540352242922$/ }).click()
    await page.getByRole('menuitem', { name, exact: true }).click()
  }
  await choose(whatsapp.menu.tools)
  await button(whatsapp.tools.add).click()
  await dialog.getByLabel(whatsapp.tools.fields.name, { exact: true }).fill('consulta_pedido')
  await dialog.getByLabel(whatsapp.tools.fields.description, { exact: true }).fill('Diz em que situação está um pedido.')
  await dialog.getByLabel(whatsapp.tools.fields.url, { exact: true }).fill('https://loja.example/ia')
  await button(whatsapp.tools.add).click()
  expect(await dialog.getByLabel(whatsapp.tools.secret, { exact: true }).nth(-1).inputValue()).toMatch(/^whsec_/)
  await button(whatsapp.tools.kept).click()
  expect(await gateway.database.query('select name, url from whatsapp_tools')).toEqual([
    { name: 'consulta_pedido', url: 'https://loja.example/ia' },
  ])
  await button(`${whatsapp.menu.remove}: consulta_pedido`).click()
  await page.getByRole('alertdialog').getByRole('button', { name: whatsapp.menu.remove, exact: true }).click()
  await dialog.getByText(whatsapp.tools.empty).waitFor()
  expect(await gateway.database.query('select 1 from whatsapp_tools')).toEqual([])
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })

  await choose(whatsapp.menu.settings)
  await dialog.getByLabel(whatsapp.settings.fields.handsOff).click()
  await dialog.getByLabel(whatsapp.settings.fields.keywords, { exact: true }).fill('atendente\nhumano')
  await button(whatsapp.settings.save).click()
  await dialog.waitFor({ state: 'detached' })
  expect(await gateway.database.query('select hands_off, hand_off_keywords from whatsapp_channels')).toEqual([
    { hands_off: true, hand_off_keywords: ['atendente', 'humano'] },
  ])

  await page.goto('/alerts?tab=channels')
  await button(notifications.add).click()
  await dialog.getByLabel(notifications.kinds.whatsapp, { exact: true }).click()
  await dialog.getByLabel(notifications.address.whatsapp, { exact: true }).fill('+5511987654321')
  await dialog.getByLabel(notifications.number, { exact: true }).selectOption({ index: 1 })
  await dialog.getByLabel(notifications.template, { exact: true }).fill('alerta_de_uso')
  await dialog.getByRole('button', { name: notifications.add, exact: true }).click()
  await page.getByText('+5511987654321', { exact: true }).waitFor()
  expect(
    await gateway.database.query(
      "select template_name, whatsapp_channel_id is not null as sends from notification_channels where kind = 'whatsapp'",
    ),
  ).toEqual([{ template_name: 'alerta_de_uso', sends: true }])
})
