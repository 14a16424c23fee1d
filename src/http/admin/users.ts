import { z } from 'zod'
import {
  createResetToken,
  linkTo,
  listSessions,
  listUsers,
  removeTwoFactor,
  removeUser,
  revokeSessions,
  sessionToJson,
  setDisabled,
  setRole,
  type User,
  userToJson,
} from '../../accounts/index.ts'
import { type ApiContext, adminRoute, count, fromCursor, listQuery, pageOf, time, toPage } from '../api/index.ts'
import { readRole, role, roleWish } from './user-role.ts'

const user = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string(),
  role,
  /** Of role `client` only. */
  client: z.string().nullable(),
  two_factor: z.boolean(),
  disabled_at: time.nullable(),
  created_at: time,
  last_log_in_at: time.nullable(),
  open_sessions: count,
})

/** Without what it opens with. */
const session = z.object({
  id: z.string(),
  address: z.string().nullable(),
  user_agent: z.string().nullable(),
  created_at: time,
  expires_at: time,
})

/** An address where `CATRACA_PUBLIC_URL` is set; else a path of whatever address leads to this gateway. */
export const link = z.string()

const params = z.object({ user: z.string().min(1).max(200) })
const url = '/users/:user'
const actor = ({ caller }: ApiContext) => caller.name

export const userRoutes = [
  adminRoute({
    method: 'GET',
    url: '/users',
    summary: 'Who may log in to the dashboard or to a client’s portal',
    access: 'read',
    input: {
      query: listQuery(
        ['email', 'name', 'created_at', 'last_log_in_at'],
        {
          search: z.string().max(100).optional(),
          role: role.optional(),
          client: z.string().max(100).optional(),
          state: z.enum(['active', 'disabled']).optional(),
        },
        ['asc', 'desc'],
      ),
    },
    output: pageOf(user),
    async handle({ owner }, { query }) {
      const [offset] = fromCursor(query.cursor, z.tuple([z.number().int().min(0)])) ?? [0]
      // Read whole and sorted here: they are people, never many.
      const users = (await listUsers(owner)).filter((one) => isMeant(one, query)).sort(byColumn[query.sort])
      if (query.order === 'desc') users.reverse()
      return toPage(users.slice(offset), query.limit, { item: toJson, place: () => [offset + query.limit], total: users.length })
    },
  }),
  adminRoute({
    method: 'PUT',
    url: `${url}/role`,
    summary: 'Another role, or another client; it counts from the next request on',
    access: 'write',
    input: { params, body: z.strictObject(roleWish) },
    output: user,
    async handle(context, input) {
      return toJson(await setRole(context.owner, input.params.user, await readRole(context, input.body), actor(context)))
    },
  }),
  adminRoute({
    method: 'POST',
    url: `${url}/disable`,
    summary: 'Refuses the log-in and ends every session',
    access: 'write',
    input: { params },
    output: user,
    handle: async (context, input) => toJson(await setDisabled(context.owner, input.params.user, true, actor(context))),
  }),
  adminRoute({
    method: 'POST',
    url: `${url}/enable`,
    summary: 'Lets a disabled user log in again',
    access: 'write',
    input: { params },
    output: user,
    handle: async (context, input) => toJson(await setDisabled(context.owner, input.params.user, false, actor(context))),
  }),
  adminRoute({
    method: 'DELETE',
    url,
    summary: 'Removes a user, with every session',
    access: 'write',
    input: { params },
    output: user,
    handle: async (context, input) => toJson(await removeUser(context.owner, input.params.user, actor(context))),
  }),
  adminRoute({
    method: 'POST',
    url: `${url}/reset-link`,
    summary: 'Makes a link for a new password; it is shown once, valid a day, and voids earlier ones',
    access: 'write',
    input: { params },
    output: z.object({ email: z.string(), link, expires_at: time }),
    async handle(context, input) {
      const { user: whose, token, expiresAt } = await createResetToken(context.owner, input.params.user, actor(context))
      return { email: whose.email, link: linkTo(context.publicUrl ?? '', 'reset-password', token), expires_at: expiresAt }
    },
  }),
  adminRoute({
    method: 'DELETE',
    url: `${url}/two-factor`,
    summary: 'Removes the second factor, for who has lost the device and the backup codes',
    access: 'write',
    input: { params },
    output: user,
    handle: async (context, input) => toJson(await removeTwoFactor(context.owner, input.params.user, actor(context))),
  }),
  adminRoute({
    method: 'GET',
    url: `${url}/sessions`,
    summary: 'Where the user is logged in',
    access: 'read',
    input: { params },
    output: z.array(session),
    handle: async ({ owner }, input) => (await listSessions(owner, input.params.user)).map(sessionToJson),
  }),
  adminRoute({
    method: 'DELETE',
    url: `${url}/sessions`,
    summary: 'Ends all of the user’s sessions, on every replica at once',
    access: 'write',
    input: { params },
    output: z.object({ ended: count }),
    handle: async (context, input) => ({ ended: await revokeSessions(context.owner, input.params.user, undefined, actor(context)) }),
  }),
  adminRoute({
    method: 'DELETE',
    url: `${url}/sessions/:session`,
    summary: 'Ends one session',
    access: 'write',
    input: { params: params.extend({ session: z.uuid() }) },
    output: z.object({ ended: count }),
    handle: async (context, input) => ({
      ended: await revokeSessions(context.owner, input.params.user, input.params.session, actor(context)),
    }),
  }),
] as const

interface Wanted {
  search?: string | undefined
  role?: string | undefined
  client?: string | undefined
  state?: 'active' | 'disabled' | undefined
}

function isMeant(one: User, { search = '', role: wantedRole, client, state }: Wanted): boolean {
  return (
    `${one.name} ${one.email}`.toLowerCase().includes(search.toLowerCase()) &&
    (wantedRole === undefined || one.role === wantedRole) &&
    (client === undefined || one.clientSlug === client || one.clientId === client) &&
    (state === undefined || (state === 'disabled') === (one.disabledAt !== undefined))
  )
}

const byColumn = {
  email: (a: User, b: User) => compare(a.email, b.email),
  name: (a: User, b: User) => a.name.localeCompare(b.name, 'pt-BR') || compare(a.email, b.email),
  created_at: (a: User, b: User) => a.createdAt.getTime() - b.createdAt.getTime() || compare(a.email, b.email),
  last_log_in_at: (a: User, b: User) => (a.lastLogInAt?.getTime() ?? 0) - (b.lastLogInAt?.getTime() ?? 0) || compare(a.email, b.email),
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

function toJson(one: User): z.input<typeof user> {
  return { ...userToJson(one), last_log_in_at: one.lastLogInAt ?? null, open_sessions: one.sessions }
}
