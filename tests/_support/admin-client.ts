import { expect } from 'vitest'
import { adminRoutes } from '../../src/http/admin/index.ts'
import type { ApiRoute } from '../../src/http/api/index.ts'
import { portalRoutes } from '../../src/http/portal/index.ts'

export const adminToken = 'test-admin-token-of-32-characters'

export interface AdminClient {
  /** Whatever it answers; JSON where it says so, else text. */
  ask<Body = Record<string, unknown>>(method: string, path: string, body?: object): Promise<{ status: number; text: string; body: Body }>
  /** What a path below /api/admin answers; fails unless it is 200. */
  get<Body>(path: string): Promise<Body>
  /** The words of a refusal; fails unless it is 400. */
  refusal(path: string): Promise<string>
  text(path: string): Promise<{ text: string; type: string | null; name: string | null }>
}

/** As the admin token's program, or with the cookie of somebody who has logged in. */
export function adminClient(url: string, prefix = '/api/admin', cookie?: string): AdminClient {
  const headers = cookie === undefined ? { authorization: `Bearer ${adminToken}` } : { cookie }
  const ask = (path: string) => fetch(`${url}${prefix}${path}`, { headers })
  return {
    async ask<Body = Record<string, unknown>>(method: string, path: string, body?: object) {
      const answer = await fetch(`${url}${prefix}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) })
      const text = await answer.text()
      return { status: answer.status, text, body: (answer.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text) as Body }
    },
    async get<Body>(path: string) {
      const answer = await ask(path)
      const body = await answer.json()
      expect(answer.status, JSON.stringify(body)).toBe(200)
      checkShape(prefix, path, body)
      return body as Body
    },
    async refusal(path) {
      const answer = await ask(path)
      const { error } = (await answer.json()) as { error: { message: string } }
      expect(answer.status, error?.message).toBe(400)
      return error.message
    },
    async text(path) {
      const answer = await ask(path)
      expect(answer.status).toBe(200)
      return { text: await answer.text(), type: answer.headers.get('content-type'), name: answer.headers.get('content-disposition') }
    },
  }
}

/** An answer is what its route says of it, and has no field that it does not name. */
function checkShape(prefix: string, path: string, body: unknown): void {
  const routes: readonly ApiRoute[] = prefix === '/api/portal' ? portalRoutes : adminRoutes
  const [asked = ''] = path.split('?')
  const route = routes.find(({ method, url }) => method === 'GET' && new RegExp(`^${url.replaceAll(/:\w+/g, '[^/]+')}$`).test(asked))
  expect(route?.output.parse(body), path).toEqual(body)
}

/** The lines of CSV by its columns' names; the mark for Excel is left out. */
export function readCsv(text: string): Record<string, string>[] {
  const lines = text
    .replace(/^\uFEFF/, '')
    .trimEnd()
    .split('\r\n')
  const [header = [], ...rows] = lines.map((line) =>
    [...line.matchAll(/(?:^|,)("(?:[^"]|"")*"|[^,]*)/g)].map(([, cell = '']) => cell.replace(/^"|"$/g, '').replaceAll('""', '"')),
  )
  return rows.map((cells) => Object.fromEntries(header.map((name, index) => [name, cells[index] ?? ''])))
}
