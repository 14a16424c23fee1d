import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ptBr } from '../../dashboard/src/i18n/pt-br/index.ts'
import { goTo, loaded, withChromium } from '../_support/chromium.ts'
import { addUsageRows } from '../_support/usage-rows.ts'
import { type Agency, startAgency } from './_support/agency.ts'

const chromium = withChromium()
let agency: Agency
let foreignCall: string

const others = ['Padaria', 'padaria-sol', 'Veste Bem', 'loja-veste-bem', 'Horizonte', 'Caminhos', 'segredo-da-padaria', '777,77']

beforeAll(async () => {
  agency = await startAgency()
  const { database } = agency.gateway
  const id = agency.clients.get('padaria-sol')?.id ?? ''
  await addUsageRows(database, [
    { client_id: id, created_at: new Date().toISOString(), model_name: 'segredo-da-padaria', cost_brl: '777.77', cost_usd: '144' },
  ])
  const [row] = await database.query<{ id: string }>("select call_id as id from gateway_usage_logs where model_name = 'segredo-da-padaria'")
  foreignCall = row?.id ?? ''
})
afterAll(() => agency?.close())

const open = (path: string) => chromium.open({ url: agency.gateway.url, as: agency.client, path })

async function expectNothingOfOthers(page: Page): Promise<void> {
  const content = await page.content()
  expect(others.filter((word) => content.includes(word))).toEqual([])
}

it('shows its own client and nothing of another one, on every page', async () => {
  const page = await open('/portal')
  for (const path of ['/portal', '/portal/usage', '/portal/statement', '/portal/keys', '/account']) {
    await goTo(page, path)
    expect(await page.locator('main [role=alert]').count()).toBe(0)
    await expectNothingOfOthers(page)
  }
  await goTo(page, '/portal/usage')
  const [own] = await agency.gateway.database.query<{ calls: string }>(
    `select count(*)::text as calls from gateway_usage_logs where client_id = $1 and created_at >=
       (date_trunc('day', now() at time zone 'America/Sao_Paulo') - interval '29 days') at time zone 'America/Sao_Paulo'`,
    [agency.clients.get('clinica-aurora')?.id],
  )
  // Its whole month is on the page: nobody else's is added.
  await page
    .getByText(new RegExp(`\\b${Number(own?.calls).toLocaleString('pt-BR').replace('.', '\\.')}\\b`))
    .first()
    .waitFor()
})

it('leads back to its own pages from the address of another client, a call or an operator’s page', async () => {
  const page = await open('/portal')
  for (const path of ['/clients/padaria-sol', `/usage/${foreignCall}`, '/usage?client=padaria-sol', '/audit', '/users']) {
    await page.goto(path)
    await page.waitForURL('**/portal')
    await loaded(page)
    await expectNothingOfOthers(page)
  }
  for (const path of ['/portal?client=padaria-sol', `/portal/usage?search=${foreignCall}`, '/portal/statement?client=padaria-sol']) {
    await goTo(page, path)
    const shown = await page.locator('main').innerText()
    expect(others.filter((word) => shown.includes(word))).toEqual([])
  }
})

it('gets nothing of another client from the API with its log-in', async () => {
  const page = await open('/portal')
  const ask = async (path: string) => {
    const answer = await page.request.get(path)
    return { status: answer.status(), text: await answer.text() }
  }
  for (const path of [
    '/clients',
    '/clients/padaria-sol',
    '/overview',
    '/calls',
    `/calls/${foreignCall}/explanation`,
    '/usage/series',
    '/users',
  ]) {
    expect((await ask(`/api/admin${path}`)).status, path).toBe(403)
  }
  for (const path of ['/usage/series', '/usage/groups', '/calls', '/budgets', '/me', '/keys', '/alerts']) {
    expect((await ask(`/api/portal${path}?client=padaria-sol`)).status, path).toBe(400)
    const { status, text } = await ask(`/api/portal${path}`)
    expect(status, path).toBe(200)
    expect(others.filter((word) => text.includes(word))).toEqual([])
  }
  expect(JSON.parse((await ask(`/api/portal/calls?search=${foreignCall}`)).text)).toMatchObject({ items: [] })
})

it('gives the month’s statement as PDF and CSV', async () => {
  const page = await open('/portal/statement')
  for (const type of ['pdf', 'csv']) {
    const href = await page.locator(`a[href*="statement.${type}"]`).first().getAttribute('href')
    const answer = await page.request.get(href ?? '')
    expect(answer.status()).toBe(200)
    expect(answer.headers()['content-disposition']).toContain(`.${type}`)
  }
  expect(await page.locator('h1').innerText()).toBe(ptBr.portalStatement.title)
})
