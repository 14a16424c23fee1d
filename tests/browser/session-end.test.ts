import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { en } from '../../dashboard/src/i18n/en/index.ts'
import { ptBr } from '../../dashboard/src/i18n/pt-br/index.ts'
import { type Browser, totpCode } from '../_support/browser.ts'
import { axe, withChromium } from '../_support/chromium.ts'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { addPerson, password } from '../_support/people.ts'

const chromium = withChromium()
let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway()
})
afterAll(() => gateway?.close())

const add = (name: string) =>
  addPerson(gateway, { email: `${name.toLowerCase()}@agencia.example`, name, role: 'admin', clientId: undefined })

/** As when it expires, or an administrator ends it. */
async function endSession(of: Browser): Promise<void> {
  expect((await of.post('/sign-out')).status).toBe(200)
  chromium.allow(/status of 401/)
}

async function logIn(page: Page, { auth }: typeof ptBr | typeof en, email?: string): Promise<void> {
  const dialog = page.getByRole('dialog', { name: auth.again.title })
  if (email !== undefined) await dialog.getByLabel(auth.email).fill(email)
  await dialog.getByLabel(auth.password, { exact: true }).fill(password)
  await dialog.getByRole('button', { name: auth.login.submit }).click()
}

it('a form above the page keeps what was typed when the session ends, and goes on after the log-in', async () => {
  const ana = await add('Ana')
  const page = await chromium.open({ url: gateway.url, as: ana, path: '/clients' })
  await page.getByRole('button', { name: ptBr.clients.create }).click()
  const form = page.getByRole('dialog', { name: ptBr.clients.create })
  const name = form.getByLabel(ptBr.clients.name)
  await name.fill('Padaria')
  await endSession(ana)
  // Whoever comes back to a window has what it shows asked for again.
  await page.clock.setFixedTime(Date.now() + 60_000)
  await page.evaluate(`window.dispatchEvent(new Event('visibilitychange'))`)
  const again = page.getByRole('dialog', { name: ptBr.auth.again.title })
  await again.waitFor()
  expect(await again.getByLabel(ptBr.auth.email).inputValue()).toBe('ana@agencia.example')
  expect(await axe(page)).toEqual([])
  // What hides the page is not put aside by accident.
  await page.keyboard.press('Escape')
  await page.mouse.click(5, 5)
  await logIn(page, ptBr)
  await again.waitFor({ state: 'detached' })
  await expect.poll(() => name.evaluate((field) => field.matches(':focus')), { timeout: 20_000 }).toBe(true)
  expect(await name.inputValue()).toBe('Padaria')
  await page.keyboard.type(' Sol')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/clients/padaria-sol')
  await page.getByRole('status').getByText(ptBr.common.app.live, { exact: true }).waitFor()
})

it('a page’s long form is saved once the same person is back, by a second step as well', async () => {
  const bia = await add('Bia')
  const { body } = await bia.post<{ totpURI: string }>('/two-factor/enable', { password })
  expect((await bia.post('/two-factor/verify-totp', { code: totpCode(body.totpURI) })).status).toBe(200)
  const page = await chromium.open({ url: gateway.url, as: bia, path: '/clients/agencia?tab=settings', language: 'en' })
  await page.getByLabel(en.clients.name).fill('Agência do Sol')
  await page.getByLabel(en.clients.plan).fill('pro')
  await endSession(bia)
  await page.getByRole('button', { name: en.client.save }).first().click()
  await logIn(page, en)
  const again = page.getByRole('dialog', { name: en.auth.again.title })
  await again.getByLabel(en.auth.twoFactor.code).fill(totpCode(body.totpURI))
  await again.getByRole('button', { name: en.auth.twoFactor.submit }).click()
  await page.getByText(en.client.saved).waitFor()
  expect(await gateway.database.query("select name, plan from clients where slug = 'agencia'")).toEqual([
    { name: 'Agência do Sol', plan: 'pro' },
  ])
})

it('somebody else who logs in finds nothing of what was typed, nor is it saved', async () => {
  const caio = await add('Caio')
  await add('Davi')
  const page = await chromium.open({ url: gateway.url, as: caio, path: '/clients' })
  await page.getByRole('button', { name: ptBr.clients.create }).click()
  const form = page.getByRole('dialog', { name: ptBr.clients.create })
  await form.getByLabel(ptBr.clients.name).fill('Só do Caio')
  await endSession(caio)
  await form.getByRole('button', { name: ptBr.clients.create }).click()
  await logIn(page, ptBr, 'davi@agencia.example')
  await page.waitForURL(`${gateway.url}/`)
  await page.getByRole('button', { name: ptBr.common.user.menu.replace('{{name}}', 'Davi') }).waitFor()
  await page.goBack()
  await page.getByRole('button', { name: ptBr.clients.create }).waitFor()
  expect(await page.getByRole('dialog').count()).toBe(0)
  expect(await gateway.database.query("select 1 from clients where slug = 'so-do-caio'")).toEqual([])
})
