import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import axeCore, { type AxeResults, type RunOptions } from 'axe-core'
import { type Browser as Chromium, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import type { Browser } from './browser.ts'
import { ensureDashboard } from './dashboard-build.ts'

const images = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'docs/images')

/** Without these it looks for hosts of its maker's, which a closed network refuses; and it runs as root. */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export interface VisitOptions {
  url: string
  /** Whose log-in; nobody's by default. */
  as?: Browser
  path?: string
  language?: 'pt-BR' | 'en'
  theme?: 'light' | 'dark'
  width?: number
  height?: number
}

export interface TestChromium {
  /** A context of its own, closed when the test is over; the page has loaded what it shows. */
  open(options: VisitOptions): Promise<Page>
  /** What this test brings about on purpose: a refusal that the browser writes into its console, say. */
  allow(problem: RegExp): void
}

/** One browser for a test file. A test fails for what its pages said in the console, threw, could not load or were forbidden to. */
export function withChromium(): TestChromium {
  let browser: Chromium | undefined
  let problems: string[] = []
  let allowed: RegExp[] = []
  beforeAll(async () => {
    await ensureDashboard()
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags })
  }, 120_000)
  afterAll(() => browser?.close())
  afterEach(async () => {
    await Promise.all((browser?.contexts() ?? []).map((context) => context.close()))
    const left = problems.filter((problem) => !allowed.some((pattern) => pattern.test(problem)))
    problems = []
    allowed = []
    expect(left).toEqual([])
  })
  return {
    allow(problem) {
      allowed.push(problem)
    },
    async open(options) {
      if (!browser) throw new Error('The browser starts in beforeAll')
      const page = await newPage(browser, options)
      watch(page, (problem) => problems.push(problem))
      await page.goto(options.path ?? '/')
      await loaded(page)
      return page
    },
  }
}

async function newPage(browser: Chromium, options: VisitOptions): Promise<Page> {
  const { url, as, language = 'pt-BR', theme = 'light', width = 1440, height = 900 } = options
  const context = await browser.newContext({
    baseURL: url,
    locale: language,
    colorScheme: theme,
    viewport: { width, height },
    timezoneId: 'America/Sao_Paulo',
    reducedMotion: 'reduce',
  })
  context.setDefaultTimeout(10_000)
  if (as) await context.addCookies([...as.cookies].map(([name, value]) => ({ name, value, url })))
  await context.addInitScript({ content: measureShift })
  return await context.newPage()
}

function watch(page: Page, report: (problem: string) => void): void {
  page.on('console', (message) => {
    if (message.type() === 'error') report(`console: ${message.text()} (${message.location().url})`)
  })
  page.on('pageerror', (error) => report(`error: ${error.message}`))
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? ''
    // Whoever goes on to the next page leaves requests of the last one.
    if (why !== 'net::ERR_ABORTED') report(`request: ${request.method()} ${request.url()} ${why}`)
  })
}

/** Runs in the page, before everything of its own. */
const measureShift = `
  window.layoutShift = 0
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.layoutShift += entry.value
  }).observe({ type: 'layout-shift', buffered: true })`

/** How far things have jumped since the page began to load, as browsers count it. */
export async function layoutShift(page: Page): Promise<number> {
  return await page.evaluate<number>('window.layoutShift')
}

/** What the page shows is there: its title, and no skeleton in the place of anything. */
export async function loaded(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor()
  await page.locator('.animate-pulse').first().waitFor({ state: 'detached' })
}

export async function goTo(page: Page, path: string): Promise<void> {
  await page.goto(path)
  await loaded(page)
}

/** As the visitor's system changes from day to night. */
export async function setTheme(page: Page, theme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme: theme })
  await page.locator(theme === 'dark' ? 'html.dark' : 'html:not(.dark)').waitFor({ state: 'attached' })
  // Colours on their way from one to the other are nobody's.
  await page.evaluate(`new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() =>
    Promise.allSettled(document.getAnimations().map((animation) => animation.finished)).then(() => done()))))`)
}

/** axe-core's serious and critical violations, each with its rule and its place; empty when all is well. */
export async function axe(page: Page, options: RunOptions = {}): Promise<string[]> {
  if (!(await page.evaluate<boolean>(`'axe' in window`))) await page.evaluate(axeCore.source)
  const results = await page.evaluate<AxeResults>(`axe.run(document, ${JSON.stringify({ resultTypes: ['violations'], ...options })})`)
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, help, nodes }) =>
      nodes.map((node) => `${id}: ${help}: ${node.target.join(' ')}: ${node.failureSummary?.split('\n')[1]?.trim()}`),
    )
}

/** What is wider than the window, outside of places that scroll by themselves; empty when nothing is. */
export async function sidewaysScroll(page: Page): Promise<string[]> {
  return await page.evaluate<string[]>(`(() => {
    const { scrollWidth, clientWidth } = document.documentElement
    if (scrollWidth <= clientWidth) return []
    const wide = [...document.querySelectorAll('body *')].filter((element) => element.getBoundingClientRect().right > clientWidth + 1)
    return wide.slice(0, 5).map((element) => scrollWidth + ' > ' + clientWidth + ': <' + element.tagName + ' class="' + element.className + '">')
  })()`)
}

const mostBytes = 150_000
export const isUpdatingImages = process.env.UPDATE_IMAGES === '1'

/** Into docs/images, only with `UPDATE_IMAGES=1`: a test run changes no file. */
export async function shot(page: Page, name: string): Promise<void> {
  if (!isUpdatingImages) return
  const { width, height } = page.viewportSize() ?? { width: 1440, height: 900 }
  let png = await page.screenshot({ animations: 'disabled' })
  // Repositories keep every version of a picture: what is too large shows less of the page.
  for (let part = height; png.length > mostBytes; ) {
    part -= 60
    png = await page.screenshot({ animations: 'disabled', clip: { x: 0, y: 0, width, height: part } })
  }
  mkdirSync(images, { recursive: true })
  writeFileSync(join(images, `${name}.png`), png)
}
