import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import { type CliRun, runCommand } from '../../tests/_support/terminal.ts'
import { generateMasterKey } from '../vault/index.ts'

let test: TestDatabase
let env: Record<string, string>

beforeAll(async () => {
  test = await createTestDatabase()
  env = { DATABASE_URL: test.url, CATRACA_MASTER_KEY: generateMasterKey(), ENABLE_AI_GATEWAY: 'true', PORT: '1' }
  await run('client', 'add', '--slug', 'ana', '--name', 'Ana', '--plan', 'pro', '--time-zone', 'America/Manaus', '--enable')
})
afterAll(() => test.drop())

const run = (...argv: string[]): Promise<CliRun> => runCommand(env, ...argv)
const budget = (verb: string, line: string) => run('budget', verb, 'ana', ...line.split(' '))
const plan = (verb: string, line: string) => run('budget', 'plan', verb, ...line.split(' '))
const daily = '--type tokens --period daily'

describe('a budget over time', () => {
  it('changes its mode and its thresholds alone', async () => {
    expect(await budget('set', `${daily} --soft`)).toMatchObject({
      code: 1,
      stderr: 'catraca: The client has no daily tokens budget: a new one needs --limit\n',
    })
    expect((await budget('set', `${daily} --limit 1000 --alerts 90,100 --json`)).json()).toMatchObject({
      limit: 1000,
      hard: false,
      alerts: [90, 100],
    })
    expect((await budget('set', `${daily} --hard --json`)).json()).toMatchObject({ limit: 1000, hard: true, alerts: [90, 100] })
    expect((await budget('set', `${daily} --alerts none --json`)).json()).toMatchObject({ hard: true, alerts: [] })
    expect(await budget('set', `${daily} --alerts 85`)).toMatchObject({
      code: 2,
      stderr: "catraca: option '--alerts <list>' argument '85' is invalid. It must be 80,90,100, some of them, or none.\n",
    })
  })

  it('is raised until an end by the client’s own clock, and shows it', async () => {
    const raised = await budget('raise', `${daily} --limit 5000 --until 2099-01-31`)
    expect(raised.stdout).toBe('The daily tokens budget of ana is 5,000 until 2099-01-31 00:00 (America/Manaus).\n')
    expect((await run('budget', 'list', 'ana')).stdout).toContain('hard, raised from 1,000 until 2099-01-31 00:00')
    expect((await run('budget', 'list', 'ana', '--json')).json()).toMatchObject([
      { limit: 5000, usual_limit: 1000, raised_until: '2099-01-31T04:00:00.000Z' },
    ])
    const inThreeDays = (await budget('raise', `${daily} --limit 2000 --until +3d --json`)).json<{ raised_until: string }>()
    expect(Math.round((Date.parse(inThreeDays.raised_until) - Date.now()) / 3_600_000)).toBe(72)
    const day = (await budget('raise', `${daily} --limit 2000 --until end-of-period --json`)).json<{
      raised_until: string
      resets_at: string
    }>()
    expect(day.raised_until).toBe(day.resets_at)
    expect((await budget('raise', `${daily} --end`)).stdout).toBe('The daily tokens budget of ana is 1,000 again.\n')
    expect(await budget('raise', `${daily} --end`)).toMatchObject({ code: 1, stderr: 'catraca: The daily tokens budget is not raised\n' })
  })

  it.each([
    ['--limit 5000 --until 2020-01-01', 1, 'A raise must end in the future'],
    ['--limit 1000 --until 3d', 1, 'A raise must be above the usual limit: to lower it, set the limit'],
    ['--limit 5000 --until amanhã', 2, '--until "amanhã" is neither a length of time (30d, 24h) nor a date (2027-01-31)'],
    ['--limit 5000', 2, 'A raise needs --limit and --until, or --end'],
    ['--end --limit 5', 2, '--end goes without --limit and --until'],
  ])('refuses the raise %s', async (line, code, why) => {
    expect(await budget('raise', `${daily} ${line}`)).toMatchObject({ code, stderr: `catraca: ${why}\n` })
  })

  it('becomes one of another kind', async () => {
    expect(await budget('change', `${daily} --to-type brl`)).toMatchObject({
      code: 1,
      stderr: 'catraca: A limit in tokens says nothing in brl: give the new limit too\n',
    })
    await budget('set', '--type brl --period weekly --limit 7')
    expect(await budget('change', `${daily} --to-type brl --to-period weekly --limit 5`)).toMatchObject({
      code: 1,
      stderr: 'catraca: The client already has a weekly brl budget: change that one, or delete one of the two\n',
    })
    expect((await budget('change', `${daily} --to-type brl --limit 5 --json`)).json()).toMatchObject({
      type: 'brl',
      period: 'daily',
      limit: '5',
      hard: true,
      alerts: [],
    })
    expect((await budget('change', '--type brl --period weekly --to-period monthly')).stdout).toMatch(
      /^Changed a budget of ana:\n\n(.*\n)ana +brl monthly/,
    )
    expect(await budget('change', `${daily} --limit 5`)).toMatchObject({ code: 1 })
  })

  it('is removed; what is left are the plan’s', async () => {
    await plan('set', 'pro --type usd --period monthly --limit 20 --hard')
    expect((await budget('remove', '--type brl --period monthly')).stdout).toMatch(/^Removed the monthly brl budget of ana\./)
    expect((await budget('remove', '--type brl --period daily --json')).json()).toMatchObject({
      removed: { client: 'ana', type: 'brl', period: 'daily' },
      budgets: [{ type: 'usd', from_plan: true }],
    })
    expect(await budget('remove', '--type usd --period monthly')).toMatchObject({
      code: 1,
      stderr: "catraca: The monthly usd budget is the default of the client's plan: change the plan's, or set one of the client's own\n",
    })
    // A single client's raise of what its plan gives.
    expect((await budget('raise', '--type usd --period monthly --limit 30 --until 12h --json')).json()).toMatchObject({ limit: '30' })
  })
})

describe('a plan’s budgets', () => {
  it('are set, listed, changed and removed, and a client changes its plan', async () => {
    expect((await plan('set', 'max --type tokens --period daily --limit 900 --hard --json')).json()).toMatchObject({
      plan: 'max',
      limit: 900,
      hard: true,
      alerts: [80, 90, 100],
      clients: 0,
    })
    expect((await run('client', 'set-plan', 'ana', 'max')).stdout).toBe(
      'Client ana is on plan max. Its budgets: npx catraca budget list ana\n',
    )
    expect((await run('budget', 'list', 'ana', '--json')).json()).toMatchObject([{ type: 'tokens', limit: 900, from_plan: true }])
    expect(
      (await plan('change', 'max --type tokens --period daily --to-type brl --to-period weekly --limit 9.5 --soft --json')).json(),
    ).toMatchObject({
      type: 'brl',
      period: 'weekly',
      limit: '9.5',
      hard: false,
      clients: 1,
    })
    expect((await plan('list', 'max')).stdout).toMatch(
      /^PLAN +BUDGET +LIMIT +KIND +ALERTS +CLIENTS\nmax +brl weekly +R\$ 9\.50 +soft +80 %, 90 %, 100 % +1\n$/,
    )
    await plan('set', 'max --type usd --period daily --limit 1')
    expect(await plan('change', 'max --type usd --period daily --to-type brl --to-period weekly --limit 1')).toMatchObject({
      code: 1,
      stderr: 'catraca: The plan already has a weekly brl budget: change that one, or remove one of the two\n',
    })
    expect((await plan('remove', 'max --type brl --period weekly')).stdout).toBe('Removed the weekly brl budget of plan max.\n')
    expect(await plan('remove', 'max --type brl --period weekly')).toMatchObject({
      code: 1,
      stderr: 'catraca: The plan "max" has no weekly brl budget: see catraca budget plan list\n',
    })
    expect(await run('client', 'set-plan', 'ana', ' ')).toMatchObject({ code: 1, stderr: 'catraca: A plan needs a name\n' })
  })
})
