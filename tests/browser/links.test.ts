import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { loaded, withChromium } from '../_support/chromium.ts'
import { type Agency, startAgency } from './_support/agency.ts'

const chromium = withChromium()
let agency: Agency

beforeAll(async () => {
  agency = await startAgency()
})
afterAll(() => agency?.close())

/** Where links of one kind lead to many alike (calls, clients, filters of a list), the first one stands for all. */
const alikeAtMost = 1
const kindOf = ({ pathname, searchParams }: URL) =>
  `${pathname.replace(/^\/(clients|usage)\/[^/]+/, '/$1/:id')}?${[...searchParams.keys()].sort().join('&')}`

async function linksOf(page: Page): Promise<URL[]> {
  const found = await page.locator('a[href]').evaluateAll((links) => links.map((link) => (link as unknown as { href: string }).href))
  return [...new Set(found)].map((href) => new URL(href))
}

/** Where one cannot get a page: what is downloaded, or what another program opens. */
async function checkFile(page: Page, link: URL, problems: string[]): Promise<void> {
  const answer = await page.request.get(link.href)
  if (!answer.ok()) problems.push(`${link.pathname}${link.search} answers ${answer.status()}`)
}

async function checkPage(page: Page, from: string, problems: string[]): Promise<void> {
  const heading = (await page.locator('h1').allInnerTexts()).join()
  if (heading.trim() === '') problems.push(`${page.url()} (from ${from}) has no title`)
  if (await page.locator('main [role=alert]').count()) problems.push(`${page.url()} (from ${from}) shows an error`)
  if (/não encontrada/.test(heading)) problems.push(`${page.url()} (from ${from}) is not there`)
}

/** Follows every link of this origin from `start`; returns what is dead, and how many there were. */
async function crawl(page: Page, start: string, more: readonly URL[] = []): Promise<{ problems: string[]; visited: string[] }> {
  const problems: string[] = []
  const seen = new Map<string, number>()
  const visited: string[] = []
  const waiting = [new URL(start, page.url()), ...more].map(({ href }) => ({ href, from: 'the first page' }))
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const { href, from } = next
    await page.goto(href)
    await loaded(page)
    await checkPage(page, from, problems)
    visited.push(new URL(href).pathname)
    for (const link of await linksOf(page)) {
      link.hash = ''
      const kind = kindOf(link)
      const times = seen.get(kind) ?? 0
      if (link.origin !== new URL(href).origin || times >= alikeAtMost || waiting.some((one) => one.href === link.href)) continue
      seen.set(kind, times + 1)
      if (link.pathname.startsWith('/api/')) await checkFile(page, link, problems)
      else waiting.push({ href: link.href, from: new URL(href).pathname })
    }
  }
  return { problems, visited }
}

it.each([
  ['admin', '/', 12],
  ['client', '/portal', 5],
] as const)('no link that leads on for the %s is dead', async (who, start, least) => {
  const page = await chromium.open({ url: agency.gateway.url, as: agency[who], path: start })
  // Its links are there while it is open.
  await page.getByRole('button', { name: /^Menu de / }).click()
  const more = await linksOf(page)
  expect(more.map(({ pathname }) => pathname)).toContain('/account')
  await page.keyboard.press('Escape')
  const { problems, visited } = await crawl(
    page,
    start,
    more.filter(({ pathname }) => pathname === '/account'),
  )
  console.info(`links of ${who}: ${visited.length} pages`)
  expect(problems).toEqual([])
  expect(new Set(visited).size).toBeGreaterThanOrEqual(least)
})

it('no link of the pages before the log-in is dead', async () => {
  const page = await chromium.open({ url: agency.gateway.url, path: '/login' })
  const { problems, visited } = await crawl(page, '/login')
  expect(problems).toEqual([])
  expect(visited).toContain('/reset-password')
})
