import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { en } from '../../dashboard/src/i18n/en/index.ts'
import { ptBr } from '../../dashboard/src/i18n/pt-br/index.ts'
import { axe, loaded, sidewaysScroll, withChromium } from '../_support/chromium.ts'
import { type Agency, startAgency } from './_support/agency.ts'

const chromium = withChromium()
let agency: Agency

beforeAll(async () => {
  agency = await startAgency()
})
afterAll(() => agency?.close())

const open = (path = '/', rest: { language?: 'en'; width?: number; theme?: 'dark' } = {}) =>
  chromium.open({ url: agency.gateway.url, as: agency.admin, path, ...rest })
const isFocused = (place: Locator) =>
  expect.poll(() => place.evaluate((element) => element.matches(':focus')), { timeout: 15_000 }).toBe(true)
const operatorPages = Object.values(ptBr.common.nav).slice(0, 10)

async function press(page: Page, ...keys: string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key)
}

describe('by keyboard only', () => {
  it('one skips the navigation, and comes to its links in their order', async () => {
    const page = await open()
    await press(page, 'Tab')
    await isFocused(page.getByRole('link', { name: ptBr.common.app.skip }))
    await press(page, 'Enter')
    await isFocused(page.locator('main#content'))
    await page.goto('/')
    await loaded(page)
    await press(page, 'Tab')
    for (const label of operatorPages) {
      await press(page, 'Tab')
      await isFocused(page.getByRole('navigation').getByRole('link', { name: label, exact: true }))
    }
    // What is focused is seen to be.
    expect(await page.evaluate<string>('getComputedStyle(document.activeElement).outlineStyle')).not.toBe('none')
    await press(page, 'Enter')
    await page.waitForURL('**/whatsapp')
    await isFocused(page.locator('h1'))
  })

  it('a menu opens, goes by arrows, and gives the focus back', async () => {
    const page = await open('/account')
    const button = page.getByRole('button', { name: new RegExp(`^${ptBr.common.theme.label}`) })
    await button.focus()
    await press(page, 'Enter')
    await isFocused(page.getByRole('menuitemradio').first())
    await press(page, 'ArrowDown')
    await isFocused(page.getByRole('menuitemradio', { name: ptBr.common.theme.dark }))
    await press(page, 'Escape')
    await isFocused(button)
    await press(page, 'Enter')
    await isFocused(page.getByRole('menuitemradio').first())
    await press(page, 'ArrowDown')
    await isFocused(page.getByRole('menuitemradio', { name: ptBr.common.theme.dark }))
    await press(page, 'Enter')
    await page.locator('html.dark').waitFor({ state: 'attached' })
    await isFocused(button)
  })

  it('a dialog keeps the focus inside, and gives it back', async () => {
    const page = await open('/account')
    const button = page.getByRole('button', { name: ptBr.account.twoFactor.enable })
    await button.focus()
    await press(page, 'Enter')
    const dialog = page.getByRole('dialog')
    await dialog.waitFor()
    for (let n = 0; n < 8; n++) {
      await press(page, 'Tab')
      expect(await dialog.evaluate((element) => element.matches(':focus-within'))).toBe(true)
    }
    expect(await axe(page)).toEqual([])
    await press(page, 'Escape')
    await dialog.waitFor({ state: 'detached' })
    await isFocused(button)
  })

  it('one logs in and out', async () => {
    const page = await chromium.open({ url: agency.gateway.url, path: '/usage' })
    await page.waitForURL('**/login?return=%2Fusage')
    await page.getByLabel(ptBr.auth.email).focus()
    await page.keyboard.type('ana@agencia.example')
    await press(page, 'Tab')
    await page.keyboard.type('correct horse battery')
    await press(page, 'Enter')
    await page.waitForURL('**/usage')
    // A page that one comes to takes the focus, and would take it from the menu.
    await isFocused(page.locator('h1'))
    await page.getByRole('button', { name: /Ana Ribeiro/ }).focus()
    await press(page, 'Enter')
    await isFocused(page.getByRole('menuitem', { name: ptBr.common.user.account }))
    for (const name of [ptBr.common.user.documents, ptBr.common.user.signOut]) {
      await press(page, 'ArrowDown')
      await isFocused(page.getByRole('menuitem', { name }))
    }
    await press(page, 'Enter')
    await page.waitForURL('**/login')
    await page.goto('/usage')
    await page.waitForURL('**/login?return=%2Fusage')
  })
})

describe('the language', () => {
  it('changes every word of the navigation at once, and is kept', async () => {
    const page = await open()
    const labels = () => page.getByRole('navigation').first().getByRole('link').allInnerTexts()
    expect(await labels()).toEqual(operatorPages)
    await page.getByRole('button', { name: new RegExp(`^${ptBr.common.language.label}`) }).click()
    await page.getByRole('menuitemradio', { name: 'English' }).click()
    await expect.poll(labels, { timeout: 15_000 }).toEqual(Object.values(en.common.nav).slice(0, 10))
    expect(await page.getAttribute('html', 'lang')).toBe('en')
    expect(await page.title()).toContain(en.home.title)
    await page.reload()
    await loaded(page)
    expect(await labels()).toEqual(Object.values(en.common.nav).slice(0, 10))
  })

  it('follows the browser at first', async () => {
    expect(await (await open('/', { language: 'en' })).getAttribute('html', 'lang')).toBe('en')
  })
})

describe('the theme', () => {
  it('follows the system before the first paint, and stays as it was chosen', async () => {
    const page = await open('/', { theme: 'dark' })
    await page.locator('html.dark').waitFor({ state: 'attached' })
    const background = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
    const dark = await background()
    await page.getByRole('button', { name: new RegExp(`^${ptBr.common.theme.label}`) }).click()
    await page.getByRole('menuitemradio', { name: ptBr.common.theme.light }).click()
    await page.locator('html:not(.dark)').waitFor({ state: 'attached' })
    expect(await background()).not.toBe(dark)
    await page.reload()
    await loaded(page)
    expect(await page.locator('html.dark').count()).toBe(0)
  })
})

it('a client’s name of one long word pushes no column out of sight', async () => {
  await agency.gateway.database.query("update clients set name = repeat('Saneamento', 18) where slug = 'escola-caminhos'")
  for (const path of ['/clients', '/audit']) {
    const page = await open(path)
    await page.getByText('SaneamentoSaneamento').first().waitFor()
    const widths = await page.evaluate<number[]>(
      `(({ scrollWidth, clientWidth }) => [scrollWidth, clientWidth])(document.querySelector('main table').parentElement)`,
    )
    expect(widths[0]).toBe(widths[1])
  }
})

describe('on a phone', () => {
  it('the navigation is a sheet that closes behind one', async () => {
    const page = await open('/', { width: 390 })
    expect(await sidewaysScroll(page)).toEqual([])
    await page.getByRole('button', { name: ptBr.common.app.menu, exact: true }).click()
    const sheet = page.getByRole('dialog')
    expect(await sheet.getByRole('link').allInnerTexts()).toEqual(operatorPages)
    expect(await axe(page)).toEqual([])
    await sheet.getByRole('link', { name: ptBr.common.nav.clients }).click()
    await page.waitForURL('**/clients')
    await sheet.waitFor({ state: 'detached' })
    await loaded(page)
  })
})

describe('who may go where', () => {
  it('a client is led to the portal, an operator out of it, and nobody to the log-in', async () => {
    const { url } = agency.gateway
    const client = await chromium.open({ url, as: agency.client, path: '/clients' })
    await client.waitForURL('**/portal')
    const admin = await open('/portal')
    await admin.waitForURL(`${url}/`)
    const nobody = await chromium.open({ url, path: '/portal/statement' })
    await nobody.waitForURL('**/login?return=%2Fportal%2Fstatement')
  })
})
