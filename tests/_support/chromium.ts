import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import axeCore, { type AxeResults, type RunOptions } from 'axe-core'
import { type BrowserContext, type Browser as Chromium, chromium, type Page } from 'playwright-core'
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
  /** A page with the cookies and the storage of nobody but its visitor, closed when the test is over; it has loaded what it shows. */
  open(options: VisitOptions): Promise<Page>
  /** What this test brings about on purpose: a refusal that the browser writes into its console, say. */
  allow(problem: RegExp): void
}

export function launchChromium(): Promise<Chromium> {
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: flags })
}

/** One browser for a test file. A test fails for what its pages said in the console, threw, could not load or were forbidden to. */
export function withChromium(): TestChromium {
  let browser: Chromium | undefined
  let problems: string[] = []
  let allowed: RegExp[] = []
  const visitors = new Visitors()
  beforeAll(async () => {
    await ensureDashboard()
    browser = await launchChromium()
  }, 120_000)
  afterAll(() => browser?.close())
  afterEach(async () => {
    await visitors.leave()
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
      const page = await visitors.enter(browser, options)
      watch(page, (problem) => problems.push(problem))
      await page.goto(options.path ?? '/')
      await loaded(page)
      return page
    },
  }
}

interface Visitor {
  context: BrowserContext
  url: string
  language: string
}

/** Contexts go from test to test, emptied of all but what they have loaded: to load and compile the dashboard anew is most of a visit. */
class Visitors {
  #free: Visitor[] = []
  #here: Visitor[] = []

  async enter(browser: Chromium, options: VisitOptions): Promise<Page> {
    const { url, as, language = 'pt-BR', theme = 'light', width = 1440, height = 900 } = options
    const known = this.#free.find((visitor) => visitor.url === url && visitor.language === language)
    this.#free = this.#free.filter((visitor) => visitor !== known)
    const visitor = known ?? { context: await newContext(browser, url, language), url, language }
    this.#here.push(visitor)
    if (as) await visitor.context.addCookies([...as.cookies].map(([name, value]) => ({ name, value, url })))
    const page = await visitor.context.newPage()
    await page.setViewportSize({ width, height })
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
    return page
  }

  async leave(): Promise<void> {
    const leaving = this.#here
    this.#here = []
    await Promise.all(leaving.map(empty))
    this.#free.push(...leaving)
  }
}

async function newContext(browser: Chromium, url: string, language: string): Promise<BrowserContext> {
  const context = await browser.newContext({ baseURL: url, locale: language, timezoneId: 'America/Sao_Paulo' })
  context.setDefaultTimeout(40_000)
  await context.addInitScript({ content: measureShift })
  return context
}

/** Closes its pages, and takes the cookies and all that they have stored. */
async function empty({ context, url }: Visitor): Promise<void> {
  const [last, ...others] = context.pages()
  await Promise.all(others.map((page) => page.close()))
  if (!last) return
  // A page that is still open could store something yet.
  await last.goto('about:blank')
  const session = await context.newCDPSession(last)
  await session.send('Storage.clearDataForOrigin', { origin: url, storageTypes: 'all' })
  await last.close()
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

/** What the page shows is there: its title, and no skeleton in the place of anything. Asked often: a locator that waits looks every half second. */
export async function loaded(page: Page): Promise<void> {
  // A page that goes on to another one meanwhile has not loaded.
  const isLoaded = () =>
    page
      .evaluate<boolean>(`!!document.querySelector('h1')?.checkVisibility() && !document.querySelector('.animate-pulse')`)
      .catch(() => false)
  await expect.poll(isLoaded, { interval: 25, message: `${page.url()} has loaded` }).toBe(true)
}

export async function goTo(page: Page, path: string): Promise<void> {
  await page.goto(path)
  await loaded(page)
}

/** As the visitor's system changes from day to night. */
export async function setTheme(page: Page, theme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme: theme })
  await page.locator(theme === 'dark' ? 'html.dark' : 'html:not(.dark)').waitFor({ state: 'attached' })
  // Colours on their way from one to the other are nobody's. What inherits a colour may set out only when that one has arrived.
  await page.evaluate(`(async () => {
    const frame = () => new Promise((done) => requestAnimationFrame(done))
    for (let still = 0; still < 3; still = document.getAnimations().length > 0 ? 0 : still + 1) {
      await Promise.allSettled(document.getAnimations().map((animation) => animation.finished))
      await frame()
    }
  })()`)
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
    // A word that goes beyond its box makes the page wider, and no box.
    if (wide.length === 0) return [scrollWidth + ' > ' + clientWidth]
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
