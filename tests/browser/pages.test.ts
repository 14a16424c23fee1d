import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { axe, isUpdatingImages, layoutShift, loaded, setTheme, shot, sidewaysScroll, withChromium } from '../_support/chromium.ts'
import { type Agency, startAgency } from './_support/agency.ts'
import { leftovers } from './_support/leftovers.ts'

const chromium = withChromium()
let agency: Agency

beforeAll(async () => {
  agency = await startAgency()
})
afterAll(() => agency?.close())

type Who = 'admin' | 'client' | 'nobody'

/** Every address of dashboard/src/routes.tsx, by the name of its picture. */
const pages: readonly [path: string, name: string, who: Who][] = [
  ['/', 'home', 'admin'],
  ['/configuration', 'configuration', 'admin'],
  ['/clients', 'clients', 'admin'],
  ['/clients/:client', 'client', 'admin'],
  ['/usage', 'usage', 'admin'],
  ['/usage/:call', 'call', 'admin'],
  ['/models', 'models', 'admin'],
  ['/playground', 'playground', 'admin'],
  ['/alerts', 'alerts', 'admin'],
  ['/audit', 'audit', 'admin'],
  ['/users', 'users', 'admin'],
  ['/whatsapp', 'whatsapp', 'admin'],
  ['/portal', 'portal-budgets', 'client'],
  ['/portal/usage', 'portal-usage', 'client'],
  ['/portal/statement', 'portal-statement', 'client'],
  ['/portal/keys', 'portal-keys', 'client'],
  ['/account', 'account', 'admin'],
  ['/login', 'login', 'nobody'],
  ['/login/two-factor', 'two-factor', 'nobody'],
  ['/setup', 'setup', 'nobody'],
  ['/invitation', 'invitation', 'nobody'],
  ['/reset-password', 'reset-password', 'nobody'],
  ['/api/docs', 'api-docs', 'nobody'],
  ['/*', 'not-found', 'nobody'],
]

function addressOf(path: string): string {
  return path.replace(':client', 'clinica-aurora').replace(':call', agency.callId).replace('*', 'nowhere/at-all')
}

const open = (path: string, who: Who, rest: { language?: 'pt-BR' | 'en'; theme?: 'dark'; width?: number; height?: number } = {}) =>
  chromium.open({ url: agency.gateway.url, path: addressOf(path), ...(who !== 'nobody' && { as: agency[who] }), ...rest })

it('are all here that the dashboard has', async () => {
  const source = await readFile(new URL('../../dashboard/src/routes.tsx', import.meta.url), 'utf8')
  const paths = [...source.matchAll(/page\('([^']+)'/g)].map(([, path = '']) => path.replace(/^\*$/, '/*'))
  expect(paths.toSorted()).toEqual(pages.map(([path]) => path).sort())
})

it.each(pages)('%s is whole, in both themes, both languages and on a phone', async (path, name, who) => {
  const page = await open(path, who)
  expect(await page.locator('h1').count()).toBe(1)
  expect(await page.locator('main [role=alert]').allInnerTexts()).toEqual([])
  expect(await page.title()).toMatch(/ · Catraca$/)
  expect(await page.getAttribute('html', 'lang')).toBe('pt-BR')
  await shot(page, name)
  expect(await layoutShift(page)).toBeLessThan(0.05)
  expect(await axe(page)).toEqual([])
  const portuguese = await textsOf(page)
  expect(leftovers(portuguese, 'pt-BR')).toEqual([])
  await setTheme(page, 'dark')
  expect(await axe(page, { runOnly: ['color-contrast'] })).toEqual([])
  await page.setViewportSize({ width: 390, height: 844 })
  await page.evaluate(`localStorage.setItem('catraca.language', 'en')`)
  await page.reload()
  await loaded(page)
  expect(await page.getAttribute('html', 'lang')).toBe('en')
  const english = await textsOf(page)
  expect(leftovers(english, 'en')).toEqual([])
  expect(english).not.toEqual(portuguese)
  expect(await sidewaysScroll(page)).toEqual([])
  expect(await layoutShift(page)).toBeLessThan(0.05)
  expect(await axe(page, { runOnly: ['scrollable-region-focusable'] })).toEqual([])
})

/** What one can read, and what is read out. Data that the gateway shows as it is (code, JSON) stands apart. */
async function textsOf(page: Page): Promise<string[]> {
  return await page.evaluate<string[]>(`(() => {
    const texts = []
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT)
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node instanceof Element ? node : node.parentElement
      if (element.closest('code, pre, kbd, script, noscript, style, [lang]:not(html), [translate=no]')) continue
      if (node instanceof Element) for (const name of ['aria-label', 'placeholder', 'title', 'alt']) texts.push(node.getAttribute(name) ?? '')
      else texts.push(node.textContent)
    }
    return [...new Set(texts.map((text) => text.trim()).filter((text) => text !== ''))]
  })()`)
}

// Not skipped but not there: nothing may be skipped in CI.
if (isUpdatingImages) {
  it.each([
    ['/', 'home', 'admin'],
    ['/usage', 'usage', 'admin'],
    ['/portal', 'portal-budgets', 'client'],
  ] as const)('%s has its picture on a phone and in the dark', async (path, name, who) => {
    await shot(await open(path, who, { width: 390, height: 844 }), `${name}-phone`)
    await shot(await open(path, who, { theme: 'dark' }), `${name}-dark`)
  })
}
