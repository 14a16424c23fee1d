import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dashboard } from '../../src/http/dashboard.ts'
import { errorCodes } from '../../src/shared/errors.ts'
import { ensureDashboard } from '../_support/dashboard-build.ts'
import { anchorsOf, codeBlocksOf, type Document, documents, headingsOf, linksOf, others, resolveLink, root } from './_support/documents.ts'

/** For those who work on Catraca itself, or measured figures that a test writes: in English only. */
const englishOnly = ['benchmarks', 'reliability', 'internals']
/** Their tables are written by tests and stand in the English document; the Portuguese one explains them. */
const tablesInEnglish = ['api', 'compatibility']
const byPath = new Map([...documents, ...others].map((document) => [document.path, document]))
const nameOf = ({ path }: Document) => path.slice(path.lastIndexOf('/') + 1, -'.md'.length)
const english = documents.filter(({ path }) => /^docs\/[^/]+$/.test(path))
const portuguese = documents.filter(({ path }) => path.startsWith('docs/pt-BR/'))
const pairs = english.flatMap((document) => {
  const twin = byPath.get(`docs/pt-BR/${nameOf(document)}.md`)
  return twin ? [{ name: nameOf(document), document, twin }] : []
})

describe('in two languages', () => {
  it('are the same documents', () => {
    const missing = (of: Document[], folder: string, known: string[]) =>
      of.map(nameOf).filter((name) => !byPath.has(`${folder}/${name}.md`) && !known.includes(name))
    expect(missing(english, 'docs/pt-BR', englishOnly)).toEqual([])
    expect(missing(portuguese, 'docs', [])).toEqual([])
  })

  it.each(pairs.filter(({ name }) => !tablesInEnglish.includes(name)))(
    '$name has the same headings and code in both',
    ({ document, twin }) => {
      // Words, comments and values may differ; what is run may not.
      const shape = (one: Document) => ({
        headings: headingsOf(one).map(({ depth }) => depth),
        code: codeBlocksOf(one).map(({ lang }) => lang),
        commands: codeBlocksOf(one)
          .filter(({ lang = '' }) => lang.endsWith(' run'))
          .map(({ text }) => text),
      })
      expect(shape(twin)).toEqual(shape(document))
    },
  )

  it.each([
    { index: 'docs/README.md', of: english },
    { index: 'docs/pt-BR/README.md', of: portuguese },
  ])('$index names each of them', ({ index, of }) => {
    const page = byPath.get(index) as Document
    const named = new Set(linksOf(page).map((href) => resolveLink(index, href)?.path))
    const unnamed = of.filter((one) => one.path !== index && !named.has(one.path))
    expect(unnamed.map(nameOf)).toEqual([])
  })
})

describe('in the repository', () => {
  it('every link leads somewhere, anchors included', () => {
    const dead = [...byPath.values()].flatMap((document) =>
      linksOf(document)
        .filter((href) => !isThere(document, href))
        .map((href) => `${document.path}: ${href}`),
    )
    expect(dead).toEqual([])
  })
})

function isThere(document: Document, href: string): boolean {
  const target = resolveLink(document.path, href)
  if (!target) return /^(?:https?:|mailto:)/.test(href)
  if (!existsSync(join(root, target.path))) return false
  const page = byPath.get(target.path) ?? byPath.get(`${target.path}/README.md`)
  return target.hash === '' || (page !== undefined && anchorsOf(page).has(target.hash))
}

describe('served', () => {
  let app: FastifyInstance
  const browser = { accept: 'text/html,*/*;q=0.8' }
  const bodies = new Map<string, { status: number; body: string }>()
  const open = async (url: string) => {
    const known = bodies.get(url)
    if (known) return known
    const { statusCode: status, body } = await app.inject({ url, headers: browser })
    bodies.set(url, { status, body })
    return { status, body }
  }

  beforeAll(async () => {
    app = fastify()
    dashboard(app, await ensureDashboard())
    await app.ready()
  })
  afterAll(() => app.close())

  it('is every document, as a page in its language and as Markdown', async () => {
    for (const { path, url, text } of documents) {
      const page = await open(url)
      expect([url, page.status, page.body.slice(0, 15)]).toEqual([url, 200, '<!doctype html>'])
      expect(page.body).toContain(`<html lang="${path.startsWith('docs/pt-BR/') ? 'pt-BR' : 'en'}">`)
      expect((await open(`/${path}`)).body).toBe(text)
    }
  })

  it('every link and picture of every page is there, anchors included', async () => {
    const dead: string[] = []
    for (const { url } of documents) {
      const { body } = await open(url)
      for (const [, href = ''] of body.matchAll(/(?:href|src)="([^"]+)"/g)) {
        if (/^(?:https?|mailto):/.test(href)) continue
        const { pathname, hash } = new URL(href, `http://docs.test${url}`)
        const target = await open(pathname)
        const isAnchored = hash === '' || target.body.includes(`id="${decodeURIComponent(hash.slice(1))}"`)
        if (target.status !== 200 || !isAnchored) dead.push(`${url}: ${href}`)
      }
    }
    expect(dead).toEqual([])
  })

  it('has the entry that an error leads to, in both languages', async () => {
    for (const path of ['/docs/errors', '/docs/pt-BR/errors']) {
      const { body } = await open(path)
      expect(Object.keys(errorCodes).filter((code) => !body.includes(`id="${code}"`))).toEqual([])
    }
  })

  it('holds no script and is kept from being framed', async () => {
    const { headers, body } = await app.inject({ url: '/docs/api' })
    expect(body).not.toMatch(/<script|\son\w+=|javascript:/i)
    expect(headers['content-security-policy']).toContain("script-src 'self'")
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
  })

  it('tells models what there is, and all of it', async () => {
    const [short, whole] = await Promise.all([open('/llms.txt'), open('/llms-full.txt')])
    expect(short.body).toMatch(/^# .+\n\n> .+/)
    const named = [...short.body.matchAll(/\]\((\/[^)]+)\)/g)].map(([, href = '']) => href)
    expect(named.length).toBeGreaterThan(15)
    for (const href of named) expect([href, (await open(href)).status]).toEqual([href, 200])
    expect(whole.body).toContain(readFileSync(join(root, 'docs/api.md'), 'utf8'))
  })

  it.each(['/docs/nope', '/docs/../.sources', '/docs/..%2f.sources', '/docs/pt-BR/decisions/0001-stack', '/docs/%2e%2e/index.html'])(
    'gives nothing else: %s',
    async (url) => {
      const { status, body } = await open(url)
      expect([status === 404 || body.includes('id="root"'), body.length < 5_000]).toEqual([true, true])
    },
  )
})
