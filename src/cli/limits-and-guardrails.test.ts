import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import { runCommand } from '../../tests/_support/terminal.ts'
import { generateMasterKey } from '../vault/index.ts'

const masterKey = generateMasterKey()
let db: TestDatabase
beforeAll(async () => {
  db = await createTestDatabase()
  await run('client', 'add', '--slug', 'acme', '--name', 'Acme')
})
afterAll(() => db.drop())
const run = (...argv: string[]) => runCommand({ DATABASE_URL: db.url, CATRACA_MASTER_KEY: masterKey }, ...argv)

it('lets the users of a client manage its keys, and no longer', async () => {
  expect((await run('client', 'portal-keys', 'acme', 'on')).stdout).toBe(
    'Users of client acme may make and revoke its keys in the portal.\n',
  )
  expect((await run('client', 'portal-keys', 'acme', 'off', '--json')).json()).toMatchObject({ portal_may_manage_keys: false })
  expect((await run('client', 'portal-keys', 'acme', 'maybe')).code).not.toBe(0)
})

it('sets limits a minute and takes each away with none', async () => {
  expect((await run('client', 'limits', 'acme', '--rpm', '60', '--tpm', '90000')).stdout).toBe(
    'acme, a minute: 60 requests, 90,000 tokens.\n',
  )
  expect((await run('client', 'limits', 'acme', '--rpm', 'none')).stdout).toBe('acme, a minute: 90,000 tokens.\n')
  expect((await run('client', 'limits', 'acme', '--tpm', 'none')).stdout).toBe('acme, a minute: no limit of its own.\n')
  expect((await run('client', 'limits', 'acme', '--rpm', '0')).stderr).toContain('It must be a whole number above 0')
})

it('sets a cap on calls at once, of a client and of a key, and shows it beside the limits a minute', async () => {
  expect((await run('client', 'limits', 'acme', '--concurrent', '5')).stdout).toBe(
    'acme, a minute: no limit of its own. At most 5 calls at once.\n',
  )
  expect(JSON.parse((await run('client', 'list', '--json')).stdout)).toMatchObject([{ slug: 'acme', max_concurrent_calls: 5 }])
  expect((await run('client', 'list')).stdout).toMatch(/A MINUTE +AT ONCE/)
  expect((await run('client', 'limits', 'acme', '--rpm', '60')).stdout).toBe('acme, a minute: 60 requests. At most 5 calls at once.\n')
  expect((await run('client', 'limits', 'acme', '--concurrent', '0')).stderr).toContain('It must be a whole number above 0')
  expect((await run('client', 'limits', 'acme', '--concurrent', 'none', '--rpm', 'none')).stdout).toBe(
    'acme, a minute: no limit of its own.\n',
  )
  const key = await run('key', 'create', 'acme', '--name', 'k', '--concurrent', '2', '--json')
  expect(JSON.parse(key.stdout)).toMatchObject({ max_concurrent_calls: 2 })
  expect(JSON.parse((await run('key', 'list', 'acme', '--json')).stdout)).toMatchObject([{ max_concurrent_calls: 2 }])
})

it('sets guardrails and takes each away with none', async () => {
  const set = await run(
    'guardrails',
    'set',
    'acme',
    '--mask',
    'cpf,phone',
    '--max-input',
    '8000',
    '--block',
    'cripto',
    '--models',
    'gpt-4o-mini',
  )
  expect(set.stdout).toBe('acme masks cpf, phone; takes 8,000 input tokens at most; allows openai/gpt-4o-mini; blocks "cripto".\n')
  expect((await run('guardrails', 'set', 'acme', '--mask', 'none', '--max-input', 'none')).stdout).toBe(
    'acme allows openai/gpt-4o-mini; blocks "cripto".\n',
  )
  expect((await run('guardrails', 'set', 'acme', '--models', 'none', '--block', 'none')).stdout).toBe('acme has no guardrails.\n')
  expect((await run('guardrails', 'set', 'acme', '--mask', 'cep')).stderr).toContain('cpf, cnpj, card, phone')
})

it('sets moderation by a model of that kind, with what it refuses and what happens without a verdict', async () => {
  expect((await run('guardrails', 'set', 'acme', '--moderation')).stdout).toBe(
    'acme refuses what it flags by openai/omni-moderation-latest, and refuses what could not be judged.\n',
  )
  const set = await run(
    'guardrails',
    'set',
    'acme',
    '--moderation-categories',
    'hate',
    'sexual/minors',
    '--moderation-fails',
    'open',
    '--json',
  )
  expect(JSON.parse(set.stdout)).toMatchObject({
    moderation_model: 'openai/omni-moderation-latest',
    moderation_categories: ['hate', 'sexual/minors'],
    moderation_fails: 'open',
  })
  expect((await run('guardrails', 'set', 'acme', '--moderation-categories', 'none')).stdout).toContain('acme refuses what it flags by')
  expect((await run('guardrails', 'set', 'acme', '--moderation-categories', 'hat')).stderr).toContain('harassment/threatening')
  expect((await run('guardrails', 'set', 'acme', '--moderation', 'gpt-4o-mini')).stderr).toContain('is a model for chat')
  expect((await run('guardrails', 'set', 'acme', '--moderation', 'none')).stdout).toBe('acme has no guardrails.\n')
})
