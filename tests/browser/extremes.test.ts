import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ptBr } from '../../dashboard/src/i18n/pt-br/index.ts'
import { goTo, sidewaysScroll, withChromium } from '../_support/chromium.ts'
import { type Extremes, startExtremes } from './_support/extremes.ts'

const chromium = withChromium()
let extremes: Extremes

beforeAll(async () => {
  extremes = await startExtremes()
})
afterAll(() => extremes?.close())

const open = (path: string, as: 'admin' | 'client' = 'admin', width = 1440) =>
  chromium.open({ url: extremes.gateway.url, as: extremes[as], path, width })

/** A page's long figures that are cut or broken into lines. */
async function brokenFigures(page: Page): Promise<string[]> {
  return await page.evaluate<string[]>(`(() => {
    const linesOf = (element) => {
      const range = document.createRange()
      range.selectNodeContents(element)
      return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size
    }
    return [...document.querySelectorAll('main *')]
      .filter((element) => element.children.length === 0 && /^(?:US\\$|R\\$|\\$)?\\s?\\d[\\d.,]{8,}$/.test(element.textContent.trim()))
      .filter((element) => element.checkVisibility() && !element.closest('.sr-only, svg'))
      .filter((element) => linesOf(element) > 1 || (element.clientWidth > 0 && element.scrollWidth > element.clientWidth))
      .map((element) => element.textContent + ' in ' + element.clientWidth + ' pixels: ' + element.scrollWidth + ' wide, ' + linesOf(element) + ' lines')
  })()`)
}

it.each([
  ['admin', ['/', '/clients', '/clients/extremo', '/clients/extremo?tab=budgets', '/usage', '/usage/:call', '/audit']],
  ['client', ['/portal', '/portal/usage', '/portal/statement']],
] as const)('of the %s no page scrolls sideways, and no long figure is cut or broken', async (who, paths) => {
  const page = await open(paths[0], who)
  for (const path of paths) {
    await page.setViewportSize({ width: 1440, height: 900 })
    await goTo(page, path.replace(':call', extremes.callId))
    for (const width of [1440, 1280, 390]) {
      await page.setViewportSize({ width, height: 844 })
      // Charts follow a window's new size a moment later.
      const problems = async () => [...(await brokenFigures(page)), ...(await sidewaysScroll(page))]
      await expect.poll(problems, { timeout: 20_000, message: `${path} at ${width}` }).toEqual([])
    }
  }
})

it('a figure of hundreds of millions is there to its last digit', async () => {
  const page = await open('/usage', 'admin', 390)
  const figures = (await page.locator('dl dd').allInnerTexts()).map((text) => text.replaceAll('\u00a0', ' '))
  expect(figures).toContain('R$ 123.456.789,01')
  expect(figures.find((text) => /^2\.000\.0\d\d\.\d{3}$/.test(text))).toBeDefined()
})

it('the names of many series leave the drawing its place on a phone', async () => {
  const page = await open('/usage', 'admin', 390)
  const plot = page.locator('figure .recharts-cartesian-grid').first()
  await plot.waitFor({ state: 'attached' })
  await expect.poll(async () => (await plot.boundingBox())?.height ?? 0, { timeout: 20_000 }).toBeGreaterThan(120)
})

it('what needs attention names the client as people do, and leads to it', async () => {
  const page = await open('/')
  const attention = page.getByRole('region', { name: ptBr.home.attention.title })
  await attention.getByRole('listitem').filter({ hasText: extremes.longName }).first().waitFor()
  expect(await attention.getByText('extremo').count()).toBe(0)
  await attention.getByRole('link', { name: extremes.longName }).first().click()
  await page.waitForURL('**/clients/extremo')
})

it('a filter is read to its end on a phone', async () => {
  const page = await open('/usage', 'admin', 390)
  const filter = page.getByRole('combobox', { name: ptBr.usage.filter.provider })
  const isWhole = await filter.evaluate((element) =>
    [element, ...(element as unknown as { querySelectorAll(all: string): Iterable<unknown> }).querySelectorAll('span')].every((part) => {
      const { scrollWidth, clientWidth } = part as { scrollWidth: number; clientWidth: number }
      return scrollWidth <= clientWidth
    }),
  )
  expect(isWhole).toBe(true)
})

it('a chat without a message begins at its top', async () => {
  const page = await open('/playground', 'admin', 390)
  expect(await page.evaluate<number>('window.scrollY')).toBe(0)
})
