import { afterAll, beforeAll, expect, it } from 'vitest'
import { ptBr } from '../../dashboard/src/i18n/pt-br/index.ts'
import type { Browser } from '../_support/browser.ts'
import { withChromium } from '../_support/chromium.ts'
import { createTestDatabase, type TestDatabase } from '../_support/database.ts'
import { type DatabaseLink, openDatabaseLink } from '../_support/database-link.ts'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { addPerson } from '../_support/people.ts'

const chromium = withChromium()
let database: TestDatabase
let link: DatabaseLink
let gateway: TestGateway
let admin: Browser

beforeAll(async () => {
  database = await createTestDatabase()
  link = await openDatabaseLink(database.url)
  gateway = await startTestGateway({ database, env: { DATABASE_URL: link.url } })
  admin = await addPerson(gateway, { email: 'ana@agencia.example', name: 'Ana', role: 'admin', clientId: undefined })
})
afterAll(async () => {
  await gateway?.close()
  await link?.close()
})

it('a form keeps what was typed while the database is away, and a page that could not load comes back by itself', async () => {
  chromium.allow(/status of 503/)
  const page = await chromium.open({ url: gateway.url, as: admin, path: '/clients' })
  await page.getByRole('button', { name: ptBr.clients.create }).click()
  const dialog = page.getByRole('dialog')
  const name = dialog.getByLabel(ptBr.clients.name)
  await name.fill('Padaria Sol')
  link.cut()
  await page.getByText(ptBr.common.app.notLive).waitFor()
  const late = await page.context().newPage()
  await late.goto('/clients')
  await late.getByText(ptBr.common.error.codes.ledger_unavailable).waitFor()
  // Whoever comes back to a window has what it shows asked for again.
  const refusals: number[] = []
  page.on('response', (answer) => void (answer.url().endsWith('/get-session') && refusals.push(answer.status())))
  await page.clock.setFixedTime(Date.now() + 60_000)
  await page.evaluate(`window.dispatchEvent(new Event('visibilitychange'))`)
  // Until it gives up. Something else may ask as well, and an answer of before the outage may come late.
  await expect.poll(() => refusals.filter((status) => status === 503).length, { timeout: 30_000 }).toBeGreaterThanOrEqual(3)
  await name.press('Enter')
  await dialog.getByRole('alert').getByText(ptBr.common.error.codes.ledger_unavailable).waitFor()
  expect(await name.inputValue()).toBe('Padaria Sol')
  link.mend()
  await late.getByRole('link', { name: 'agencia' }).waitFor()
  await dialog.getByRole('button', { name: ptBr.clients.create }).click()
  await page.waitForURL('**/clients/padaria-sol')
  await page.getByRole('status').getByText(ptBr.common.app.live, { exact: true }).waitFor()
})
