import { afterAll, beforeAll, expect, it } from 'vitest'
import { inviteUser } from '../../src/accounts/index.ts'
import { adminRoutes } from '../../src/http/admin/index.ts'
import type { ApiRoute } from '../../src/http/api/index.ts'
import { portalRoutes } from '../../src/http/portal/index.ts'
import { password } from '../_support/people.ts'
import { reportFigure } from '../_support/report-figure.ts'
import { type CallerName, callers, type Ids, type Row, variants } from './_support/permission-rows.ts'
import { permissionTable } from './_support/permission-table.ts'
import { type Answer, createPermissionWorld, type PermissionWorld, type Wish } from './_support/permission-world.ts'

// S4: every route × everybody × own, foreign and unknown ids.

const parts: Readonly<Record<string, readonly ApiRoute[]>> = { '/api/admin': adminRoutes, '/api/portal': portalRoutes }
const described: ReadonlyMap<string, ApiRoute> = new Map(
  Object.entries(parts).flatMap(([prefix, routes]) => routes.map((route) => [`${route.method} ${prefix}${route.url}`, route] as const)),
)
const rows = Object.entries(permissionTable).map(([name, row]) => {
  const [method = '', url = ''] = name.split(' ')
  return { name, method, url, row, mayChange: method !== 'GET' }
})

let world: PermissionWorld
let unique = 0

beforeAll(async () => {
  world = await createPermissionWorld()
})
afterAll(() => world?.gateway.close())

function variantsOf(url: string): (typeof variants)[number][] {
  return /[:*]/.test(url) ? [...variants] : ['own']
}

function fill(url: string, ids: Ids): string {
  return url.replaceAll(/:(\w+)|\*/g, (found, name?: string) => {
    const id = ids[name ?? '*']
    if (id === undefined) throw new Error(`The world has no id for ${found} of ${url}`)
    return name ? encodeURIComponent(id) : id
  })
}

function wishOf({ method, url, row }: (typeof rows)[number], ids: Ids): Wish {
  const { body, query, headers, isStream = false } = row
  return {
    method,
    path: fill(url, ids) + (query ? `?${query}` : ''),
    ...(body && { body: body(++unique) }),
    ...(headers && { headers }),
    isStream,
  }
}

const briefly = ({ status, text }: Answer) => `${status} ${text.slice(0, 200)}`

it('has every route of the gateway in its table', () => {
  expect(world.routes.toSorted()).toEqual(rows.map(({ name }) => name).sort())
  expect([...described.keys()].filter((name) => !(name in permissionTable))).toEqual([])
})

it('refuses everybody else, whatever they ask for, and changes nothing', async () => {
  const before = await world.snapshot()
  const problems: string[] = []
  let asked = 0
  for (const each of rows) {
    for (const caller of Object.keys(each.row.refuses) as CallerName[]) {
      for (const variant of variantsOf(each.url)) {
        const answer = await world.ask(caller, wishOf(each, { ...world[variant], ...each.row.foreign?.(world) }))
        asked += 1
        const expected = each.row.refuses[caller]
        if (answer.status !== expected) problems.push(`${each.name} by ${caller}, ${variant}: not ${expected} but ${briefly(answer)}`)
      }
    }
  }
  expect(problems).toEqual([])
  expect(await world.snapshot()).toEqual(before)
  reportFigure('S4', undefined, `${rows.length} routes, ${callers.length} kinds of caller: ${asked} requests refused, nothing changed`)
})

it('refuses what a page of another origin asks for with a log-in', async () => {
  const before = await world.snapshot()
  const problems: string[] = []
  const origins = [{ origin: 'https://evil.example' }, { origin: 'null' }, { origin: '', 'sec-fetch-site': 'cross-site' }]
  for (const each of rows.filter(({ url, mayChange }) => mayChange && url.startsWith('/api/'))) {
    for (const headers of origins) {
      const caller = each.url.startsWith('/api/portal') ? 'client' : 'admin'
      const answer = await world.ask(caller, { ...wishOf(each, world.own), headers })
      if (answer.status !== 403 || !answer.text.includes('origin_mismatch')) problems.push(`${each.name}: ${briefly(answer)}`)
    }
  }
  expect(problems).toEqual([])
  expect(await world.snapshot()).toEqual(before)
})

it('refuses fields that a route does not know: no role, no client, no id by the way', async () => {
  const before = await world.snapshot()
  const problems: string[] = []
  for (const each of rows.filter(({ row }) => !row.isRaw)) {
    const caller = each.url.startsWith('/api/portal') ? 'client' : 'admin'
    const wish = wishOf(each, world.own)
    const wishes = [{ ...wish, path: `${wish.path}${wish.path.includes('?') ? '&' : '?'}client_id=${world.foreign.client}` }]
    for (const extra of [{ role: 'admin' }, { client_id: world.foreign.client }, { id: world.foreign.key }]) {
      const isKnown = wish.body !== undefined && Object.keys(extra).some((name) => name in (wish.body as object))
      if (wish.body && !isKnown) wishes.push({ ...wish, body: { ...wish.body, ...extra } })
    }
    for (const one of wishes) {
      const answer = await world.ask(caller, one)
      if (answer.status !== 400) problems.push(`${one.method} ${one.path} ${JSON.stringify(one.body)}: ${briefly(answer)}`)
    }
  }
  expect(problems).toEqual([])
  expect(await world.snapshot()).toEqual(before)
})

it('gives nobody a role, a client or an e-mail by what he says about himself', async () => {
  const { client } = world.gateway
  const wish = { role: 'admin', clientId: null, client_id: null, email: 'ana@example.com', emailVerified: true, disabledAt: null }
  expect(await world.ask('client', { method: 'POST', path: '/api/auth/update-user', body: { name: 'Eve', ...wish } })).toMatchObject({
    status: 200,
  })
  const { token } = await inviteUser(world.gateway.database, { email: 'nova@example.com', role: 'client', clientId: client.id }, undefined)
  const accept = { method: 'POST', path: '/api/auth/accept-invitation', body: { token, name: 'Nova', password, ...wish } }
  expect(await world.ask('nobody', accept)).toMatchObject({ status: 200 })
  const users = await world.gateway.database.query(
    "select email, role, client_id from auth_users where name in ('Eve', 'Nova') order by email",
  )
  expect(users).toEqual(['cliente@example.com', 'nova@example.com'].map((email) => ({ email, role: 'client', client_id: client.id })))
})

// Those last that end the sessions of others.
const inOrder = rows.toSorted((a, b) => Number(a.row.endsSession ?? false) - Number(b.row.endsSession ?? false))

it.each(inOrder.map((each) => [each.name, each] as const))('%s answers those who may', async (name, each) => {
  const { row, url } = each
  for (const caller of callers.filter((one) => row.refuses[one] === undefined)) {
    for (const variant of variantsOf(url).filter((one) => one !== 'unknown' || !row.makesNames)) {
      const ids = await idsFor(row, variant)
      const answer = await world.ask(caller, { ...wishOf(each, ids), inNewSession: row.endsSession === true })
      const expected = expectedOf(row, variant)
      expect(answer.status, `${caller}, ${variant}: ${briefly(answer)}`).toBe(expected)
      if (url.startsWith('/api/portal') && answer.status === 200) expectNothingOfOthers(answer)
      if (answer.status === 200 && !row.isRaw) checkShape(described.get(name), answer)
    }
  }
})

it('has left the session alone that was asked for below another user', async () => {
  expect(await world.gateway.database.query('select id from auth_sessions where id = $1', [world.foreign.session])).toHaveLength(1)
})

function expectedOf({ expects = {} }: Row, variant: (typeof variants)[number]): number {
  return expects[variant] ?? (variant === 'unknown' ? 404 : (expects.own ?? 200))
}

async function idsFor({ fresh, foreign }: Row, variant: (typeof variants)[number]): Promise<Ids> {
  const ids = variant === 'foreign' && foreign ? { ...world.foreign, ...foreign(world) } : world[variant]
  return fresh && variant !== 'unknown' ? await fresh(world, ids) : ids
}

function expectNothingOfOthers({ text }: Answer): void {
  for (const id of [world.foreign.client, world.foreign.key, world.foreign.call, world.foreign.user]) expect(text).not.toContain(id)
}

/** The answer is what its route says of it, and has no field that it does not name. */
function checkShape(route: ApiRoute | undefined, { text, type }: Answer): void {
  if (!route) throw new Error('It has no schema')
  const body: unknown = type.startsWith('application/json') ? JSON.parse(text) : undefined
  if (body === undefined) expect(type).toBe(route.output.meta()?.contentType)
  else expect(route.output.parse(body)).toEqual(body)
}
