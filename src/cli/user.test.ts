import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import { type CliRun, runCommand } from '../../tests/_support/terminal.ts'
import { generateMasterKey } from '../vault/index.ts'

let test: TestDatabase
let env: Record<string, string>
const run = (...argv: string[]): Promise<CliRun> => runCommand(env, 'user', ...argv)

beforeAll(async () => {
  test = await createTestDatabase()
  env = { DATABASE_URL: test.url, CATRACA_MASTER_KEY: generateMasterKey(), CATRACA_PUBLIC_URL: 'https://ai.example.com' }
  await runCommand(env, 'client', 'add', '--slug', 'luisboff', '--name', 'Luis Boff')
})
afterAll(() => test.drop())

describe('user', () => {
  it('shows the set-up link while there is no user', async () => {
    expect((await run('list')).stdout).toBe('No users yet. The first admin: npx catraca user setup-link\n')
    expect((await run('setup-link')).stdout).toMatch(/^https:\/\/ai\.example\.com\/setup#token=[\w-]{43}\n$/)
    await test.database.query(`insert into auth_users (name, email, role) values ('Ana', 'ana@example.com', 'admin')`)
    expect((await run('setup-link', '--json')).json()).toEqual({ link: null })
  })

  it('invites, lists and takes back', async () => {
    const invited = (await run('invite', 'C@Example.com', '--role', 'client', '--client', 'luisboff', '--json')).json<{ id: string }>()
    expect(invited).toMatchObject({
      email: 'c@example.com',
      role: 'client',
      link: expect.stringMatching(/^https:\/\/ai\.example\.com\/invitation#token=/),
    })
    expect((await run('list', '--json')).json()).toMatchObject({
      users: [{ email: 'ana@example.com', role: 'admin', client: null, sessions: 0 }],
      invitations: [{ email: 'c@example.com', client: 'luisboff' }],
    })
    expect((await run('list')).stdout).toMatch(
      /^EMAIL +NAME +ROLE +STATE .*\nana@example\.com +Ana +admin +active .*\nc@example\.com +- +client \(luisboff\) +invited, until /,
    )
    expect((await run('uninvite', invited.id)).stdout).toBe('The invitation is void.\n')
    expect((await run('uninvite', invited.id)).stderr).toContain('There is no open invitation')
  })

  it('changes, disables and removes, but not the last admin', async () => {
    await test.database.query(`insert into auth_users (name, email, role) values ('Bia', 'bia@example.com', 'viewer')`)
    expect((await run('role', 'bia@example.com', '--role', 'client')).stderr).toBe('catraca: A user of role client needs a client\n')
    expect((await run('role', 'ana@example.com', '--role', 'viewer')).stderr).toBe(
      'catraca: ana@example.com is the last admin: make another user admin first\n',
    )
    expect((await run('role', 'bia@example.com', '--role', 'client', '--client', 'luisboff')).stdout).toBe(
      'bia@example.com is client (luisboff).\n',
    )
    expect((await run('disable', 'bia@example.com')).stdout).toBe('bia@example.com may no longer log in.\n')
    expect((await run('enable', 'bia@example.com', '--json')).json()).toMatchObject({ disabled_at: null })
    expect((await run('two-factor-off', 'bia@example.com', '--json')).json()).toMatchObject({ two_factor: false })
    expect((await run('reset-link', 'bia@example.com')).stdout).toMatch(/^https:\/\/ai\.example\.com\/reset-password#token=[\w-]{43}\n$/)
    await test.database.query(
      `insert into auth_sessions (user_id, token, expires_at) select id, 'x', now() + interval '1 day' from auth_users where name = 'Bia'`,
    )
    expect((await run('sessions')).stdout).toMatch(/^EMAIL .*\nbia@example\.com /)
    expect((await run('revoke', 'bia@example.com')).stdout).toBe('Ended 1 session.\n')
    expect((await run('sessions', 'bia@example.com')).stdout).toBe('Nobody is logged in.\n')
    expect((await run('remove', 'bia@example.com')).stdout).toBe('bia@example.com is removed.\n')
    expect((await run('remove', 'bia@example.com')).code).toBe(1)
  })
})
