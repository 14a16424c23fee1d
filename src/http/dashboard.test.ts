import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dashboard } from './dashboard.ts'

const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
let folder: string
let app: FastifyInstance

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'catraca-dashboard-'))
  await mkdir(join(folder, 'assets'))
  await writeFile(join(folder, 'index.html'), '<title>Catraca</title>')
  await writeFile(join(folder, 'assets/app-a1.js'), 'plain')
  await writeFile(join(folder, 'assets/app-a1.js.br'), 'squeezed')
  await writeFile(join(folder, '.sources'), 'not for anybody')
  app = fastify()
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: { code: 'not_found' } }))
  app.get('/v1/models', async () => ({ data: [] }))
  dashboard(app, folder)
  await app.ready()
})
afterAll(async () => {
  await app.close()
  await rm(folder, { recursive: true })
})

describe('the dashboard', () => {
  it.each(['/', '/clients/agencia?tab=budgets', '/login', '/v1x', '/.sources', '/apis', '/api/docs'])('opens at %s', async (url) => {
    const answer = await app.inject({ url, headers: browser })
    expect([answer.statusCode, answer.body]).toEqual([200, '<title>Catraca</title>'])
    expect(answer.headers['cache-control']).toBe('no-cache')
  })

  it.each(['/api/nope', '/v1/nope', '/openai/v1/nope', '/webhooks/nope', '/health', '/healthz/x', '/api', '/api/docs/x'])(
    'leaves %s to programs',
    async (url) => {
      const answer = await app.inject({ url, headers: browser })
      expect([answer.statusCode, answer.json()]).toEqual([404, { error: { code: 'not_found' } }])
    },
  )

  it('answers a program that asks for no page, and what is no GET, with an error', async () => {
    for (const wish of [{ url: '/nope' }, { url: '/', method: 'POST', headers: browser } as const]) {
      expect((await app.inject(wish)).statusCode).toBe(404)
    }
  })

  it('sends hashed files to be kept, compressed where the browser takes it', async () => {
    const plain = await app.inject({ url: '/assets/app-a1.js' })
    const squeezed = await app.inject({ url: '/assets/app-a1.js', headers: { 'accept-encoding': 'gzip, br' } })
    expect([plain.body, squeezed.body, squeezed.headers['content-encoding']]).toEqual(['plain', 'squeezed', 'br'])
    expect(plain.headers['cache-control']).toBe('public, max-age=31536000, immutable')
    expect((await app.inject({ url: '/assets/gone.js', headers: browser })).statusCode).toBe(404)
  })

  it.each(['/assets/../.sources', '/assets/..%2f.sources', '/%2e%2e/package.json', '/assets/..%5c.sources'])(
    'gives nothing else: %s',
    async (url) => {
      expect((await app.inject({ url })).body).not.toContain('not for anybody')
    },
  )

  it('keeps pages from being framed and fed with scripts, and its headers off the calls', async () => {
    const page = await app.inject({ url: '/', headers: browser })
    const policy = String(page.headers['content-security-policy'])
    expect(policy).toContain("default-src 'self';script-src 'self';")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(page.headers['referrer-policy']).toBe('no-referrer')
    const call = await app.inject({ url: '/v1/models' })
    expect(Object.keys(call.headers)).toEqual(['content-type', 'content-length', 'date', 'connection'])
  })

  it('serves the documents beside it: pages without an ending, in folders, and what they show', async () => {
    await mkdir(join(folder, 'docs/pt-BR'), { recursive: true })
    for (const name of ['index.html', 'api.html', 'api.md', 'pt-BR/index.html']) await writeFile(join(folder, 'docs', name), name)
    const open = async (url: string) => (await app.inject({ url })).body
    expect(await Promise.all(['/docs', '/docs/', '/docs/api', '/docs/api.md', '/docs/pt-BR?x=1'].map(open))).toEqual([
      'index.html',
      'index.html',
      'api.html',
      'api.md',
      'pt-BR/index.html',
    ])
  })

  it.each([
    ['pt-BR,pt;q=0.9,en;q=0.8', 302, '/docs/pt-BR'],
    ['en-US,en;q=0.9,pt;q=0.8', 200, undefined],
    ['de', 200, undefined],
    [undefined, 200, undefined],
  ])('opens the documents in the language of a browser that says %s', async (language, status, location) => {
    const headers = { ...browser, ...(language && { 'accept-language': language }) }
    for (const url of ['/docs', '/docs/']) {
      const answer = await app.inject({ url, headers })
      expect([answer.statusCode, answer.headers.location]).toEqual([status, location])
      expect(answer.headers.vary).toContain('accept-language')
    }
    // Whoever chose the English page gets it.
    expect((await app.inject({ url: '/docs/index', headers })).statusCode).toBe(200)
  })

  it.each([
    ['/docs/gone', 'en', 'en', '/docs/index'],
    ['/docs/gone', 'pt-BR', 'pt-BR', '/docs/pt-BR'],
    ['/docs/pt-BR/gone', 'en', 'pt-BR', '/docs/pt-BR'],
    ['/docs/%3Cb%3E', 'en', 'en', '/docs/index'],
  ])('leads back from %s to a browser in %s', async (url, asked, language, back) => {
    const answer = await app.inject({ url, headers: { ...browser, 'accept-language': asked } })
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8'])
    expect(answer.body).toContain(`<html lang="${language}">`)
    expect(answer.body).toContain(`href="${back}"`)
    expect(answer.headers['content-security-policy']).toContain("script-src 'self'")
    const toProgram = await app.inject({ url })
    expect([toProgram.statusCode, toProgram.json()]).toEqual([404, { error: { code: 'not_found' } }])
  })

  it('says how to build it where it is missing', async () => {
    const bare = fastify()
    dashboard(bare, join(folder, 'nowhere'))
    const answer = await bare.inject({ url: '/', headers: browser })
    expect([answer.statusCode, answer.body.includes('npm run up')]).toEqual([503, true])
    await bare.close()
  })
})
