import type { Command } from 'commander'
import {
  createResetToken,
  createSetupToken,
  type Invitation,
  invitationToJson,
  inviteUser,
  type LinkPage,
  linkTo,
  listInvitations,
  listSessions,
  listUsers,
  type OpenSession,
  type Role,
  removeTwoFactor,
  removeUser,
  revokeInvitation,
  revokeSessions,
  roles,
  sessionToJson,
  setDisabled,
  setRole,
  type User,
  userToJson,
} from '../accounts/index.ts'
import type { Config } from '../config/index.ts'
import type { Queryable } from '../database/index.ts'
import { type AddCommands, type CommandOptions, choice, example, onStore, withJson } from './command.ts'
import { findRunningGateway } from './find-running-gateway.ts'
import { formatTime } from './format.ts'
import { namedClient } from './named-client.ts'
import { table } from './table.ts'
import { answer, type Terminal } from './terminal.ts'
import { withStore } from './with-store.ts'

interface RoleOptions extends CommandOptions {
  role: Role
  client?: string
}

export const addUserCommands: AddCommands = (program, terminal) => {
  const group = program.command('user').description("who may log in to the dashboard or to a client's portal")
  addList(group, terminal)
  addInvite(group, terminal)
  addInvitations(group, terminal)
  addRole(group, terminal)
  addChange(group, terminal, 'disable', 'refuse the log-in and end all sessions', (db, who) => setDisabled(db, who, true, undefined))
  addChange(group, terminal, 'enable', 'let a disabled user log in again', (db, who) => setDisabled(db, who, false, undefined))
  addChange(group, terminal, 'remove', 'remove the user, with all sessions', (db, who) => removeUser(db, who, undefined))
  addChange(group, terminal, 'two-factor-off', 'for who has lost the device and the backup codes', (db, who) =>
    removeTwoFactor(db, who, undefined),
  )
  addResetLink(group, terminal)
  addSessions(group, terminal)
  addRevoke(group, terminal)
  addSetupLink(group, terminal)
}

function addList(group: Command, terminal: Terminal): void {
  const command = withJson(onStore(group.command('list'))).description('users and open invitations')
  example(command, 'npx catraca user list').action((options: CommandOptions) =>
    withStore(terminal, options, async ({ owner }) => {
      const [users, invitations] = [await listUsers(owner), await listInvitations(owner)]
      const json = { users: users.map(toJson), invitations: invitations.map(invitationToJson) }
      answer(terminal, options, json, () => listTable(users, invitations, terminal))
    }),
  )
}

function addInvite(group: Command, terminal: Terminal): void {
  const command = withRole(group.command('invite').argument('<email>')).description(
    'make a link for a new user, shown once, valid seven days',
  )
  example(
    command,
    'npx catraca user invite ana@example.com --role viewer',
    'npx catraca user invite cliente@example.com --role client --client luisboff',
  ).action((email: string, options: RoleOptions) =>
    withStore(terminal, options, async ({ owner }, config) => {
      const invitation = await inviteUser(owner, { email, ...(await readRole(owner, options)) }, undefined)
      const link = await makeLink(config, 'invitation', invitation.token)
      const json = { id: invitation.id, email: invitation.email, role: invitation.role, link, expires_at: invitation.expiresAt }
      answer(terminal, options, json, () => link)
      if (!options.json) terminal.err(`Send this link to ${invitation.email}: it is shown this once, works once and for seven days.`)
    }),
  )
}

function addInvitations(group: Command, terminal: Terminal): void {
  const command = withJson(onStore(group.command('uninvite').argument('<invitation>', 'id, as in the list'))).description(
    'make an invitation void',
  )
  example(command, 'npx catraca user uninvite 0f8fad5b-d9cb-469f-a165-70867728950e').action((id: string, options: CommandOptions) =>
    withStore(terminal, options, async ({ owner }) => {
      await revokeInvitation(owner, id, undefined)
      answer(terminal, options, { id, revoked: true }, () => 'The invitation is void.')
    }),
  )
}

function addRole(group: Command, terminal: Terminal): void {
  const command = withRole(group.command('role').argument('<user>', 'e-mail or id')).description(
    'another role, or another client: it counts at once',
  )
  example(command, 'npx catraca user role ana@example.com --role admin').action((who: string, options: RoleOptions) =>
    withStore(terminal, options, async ({ owner }) => {
      const user = await setRole(owner, who, await readRole(owner, options), undefined)
      answer(terminal, options, toJson(user), () => `${user.email} is ${describeRole(user)}.`)
    }),
  )
}

type Change = (db: Parameters<typeof removeUser>[0], who: string) => Promise<User>

function addChange(group: Command, terminal: Terminal, verb: string, description: string, apply: Change): void {
  const command = withJson(onStore(group.command(verb).argument('<user>', 'e-mail or id'))).description(description)
  const done: Record<string, string> = {
    disable: 'may no longer log in',
    enable: 'may log in',
    remove: 'is removed',
    'two-factor-off': 'logs in with the password alone until a new second factor is set up',
  }
  example(command, `npx catraca user ${verb} ana@example.com`).action((who: string, options: CommandOptions) =>
    withStore(terminal, options, async ({ owner }) => {
      const user = await apply(owner, who)
      answer(terminal, options, toJson(user), () => `${user.email} ${done[verb]}.`)
    }),
  )
}

function addResetLink(group: Command, terminal: Terminal): void {
  const command = withJson(onStore(group.command('reset-link').argument('<user>', 'e-mail or id'))).description(
    'make a link for a new password, shown once, valid a day; it also lets who tried too often try again',
  )
  example(command, 'npx catraca user reset-link ana@example.com').action((who: string, options: CommandOptions) =>
    withStore(terminal, options, async ({ owner }, config) => {
      const { user, token, expiresAt } = await createResetToken(owner, who, undefined)
      const link = await makeLink(config, 'reset-password', token)
      answer(terminal, options, { email: user.email, link, expires_at: expiresAt }, () => link)
      if (!options.json) terminal.err(`Send this link to ${user.email}: it is shown this once, works once and for a day.`)
    }),
  )
}

function addSessions(group: Command, terminal: Terminal): void {
  const command = withJson(onStore(group.command('sessions').argument('[user]', 'e-mail or id'))).description('who is logged in, and where')
  example(command, 'npx catraca user sessions', 'npx catraca user sessions ana@example.com --json').action(
    (who: string | undefined, options: CommandOptions) =>
      withStore(terminal, options, async ({ owner }) => {
        const sessions = await listSessions(owner, who)
        answer(
          terminal,
          options,
          sessions.map((session) => ({ ...sessionToJson(session), email: session.email })),
          () => sessionTable(sessions, terminal),
        )
      }),
  )
}

function addRevoke(group: Command, terminal: Terminal): void {
  const command = withJson(
    onStore(group.command('revoke').argument('<user>', 'e-mail or id').argument('[session]', 'id, as in the list (default all)')),
  ).description('end sessions, on every replica at once')
  example(command, 'npx catraca user revoke ana@example.com').action((who: string, session: string | undefined, options: CommandOptions) =>
    withStore(terminal, options, async ({ owner }) => {
      const count = await revokeSessions(owner, who, session, undefined)
      answer(terminal, options, { revoked: count }, () => `Ended ${count} ${count === 1 ? 'session' : 'sessions'}.`)
    }),
  )
}

function addSetupLink(group: Command, terminal: Terminal): void {
  const command = withJson(onStore(group.command('setup-link'))).description('a new link for the first admin, where there is no user yet')
  example(command, 'npx catraca user setup-link').action((options: CommandOptions) =>
    withStore(terminal, options, async ({ owner }, config) => {
      const token = await createSetupToken(owner)
      const link = token === undefined ? null : await makeLink(config, 'setup', token)
      const why = 'There are users already: an admin invites others (npx catraca user invite --help)'
      answer(terminal, options, { link }, () => link ?? why)
    }),
  )
}

function withRole(command: Command): Command {
  return withJson(onStore(command))
    .addOption(choice('--role <role>', 'admin changes, viewer reads, client sees one client', roles).makeOptionMandatory())
    .option('--client <client>', 'slug or id, for role client')
}

async function readRole(db: Queryable, { role, client }: RoleOptions): Promise<{ role: Role; clientId: string | undefined }> {
  return { role, clientId: (await namedClient(db, client))?.id }
}

async function makeLink({ publicUrl, host, port }: Config, page: LinkPage, token: string): Promise<string> {
  return linkTo(publicUrl ?? (await findRunningGateway(host, port)) ?? `http://${host}:${port}`, page, token)
}

function describeRole({ role, clientSlug }: { role: Role; clientSlug: string | undefined }): string {
  return clientSlug === undefined ? role : `${role} (${clientSlug})`
}

function listTable(users: readonly User[], invitations: readonly Invitation[], terminal: Terminal): string {
  if (users.length + invitations.length === 0) return 'No users yet. The first admin: npx catraca user setup-link'
  const columns = ['EMAIL', 'NAME', 'ROLE', 'STATE', '2FA', 'SESSIONS', 'LAST SEEN', 'ID']
  const time = (moment: Date | undefined) => (moment ? formatTime(moment, localZone(), terminal.locale) : 'never')
  const rows = [
    ...users.map((user) => [
      user.email,
      user.name,
      describeRole(user),
      user.disabledAt ? 'disabled' : 'active',
      user.hasTwoFactor ? 'on' : 'off',
      String(user.sessions),
      time(user.lastSeenAt),
      user.id,
    ]),
    ...invitations.map((invitation) => {
      const until = `invited, until ${time(invitation.expiresAt)}`
      return [invitation.email, '-', describeRole(invitation), until, '-', '-', '-', invitation.id]
    }),
  ]
  return table(columns, rows, terminal)
}

function sessionTable(sessions: readonly OpenSession[], terminal: Terminal): string {
  if (sessions.length === 0) return 'Nobody is logged in.'
  const columns = ['EMAIL', 'SINCE', 'UNTIL', 'ADDRESS', 'BROWSER', 'ID']
  const time = (moment: Date) => formatTime(moment, localZone(), terminal.locale)
  const rows = sessions.map(({ email, createdAt, expiresAt, address, userAgent, id }) => [
    email,
    time(createdAt),
    time(expiresAt),
    address ?? '-',
    userAgent?.slice(0, 40) ?? '-',
    id,
  ])
  return table(columns, rows, terminal)
}

/** Users of the operator's have no client whose zone it would be. */
function localZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone
}

function toJson(user: User) {
  return { ...userToJson(user), sessions: user.sessions, last_seen_at: user.lastSeenAt ?? null }
}
