import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Emulator, startEmulator } from '../../src/emulator/index.ts'
import { startStopwatch } from '../_support/stopwatch.ts'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
/** A test run that is killed takes its gateway along. */
const follow = fileURLToPath(new URL('../../bin/follow-parent.js', import.meta.url))
const acceptance = fileURLToPath(new URL('acceptance.sql', import.meta.url))
/** Both sets of keys are accepted by the emulator that stands where the real providers are. */
const setupKeys = { AI_GATEWAY_API_KEY: 'vck_test_setup', OPENAI_API_KEY: 'sk-test-setup', GROQ_API_KEY: 'gsk_test_setup' }
const guideKeys = [
  'vck_EXAMPLE0000000000000000000000000000000000',
  'sk-proj-example-openai',
  'gsk_example_groq',
  'sk-ant-example',
  'AIza-example',
]

interface Run {
  code: number | null
  stdout: string
  stderr: string
}

interface UsageReport {
  rows: { client: string; source: string; total_tokens: number; cost_brl: string; status: string }[]
  totals: { calls: number }
  budgets: { client: string; type: string; used: string | number; hard: boolean }[]
}

let dir: string
let real: Emulator
let gateway: { child: ChildProcess; url: string; said: () => string; readyMs: number }

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'catraca-cli-'))
  // As root, PostgreSQL runs as another user, who has to get in.
  chmodSync(dir, 0o755)
  real = await startEmulator({ keys: [...Object.values(setupKeys), ...guideKeys] })
  gateway = await startGateway()
})

afterAll(async () => {
  await stopGateway()
  await run(['db', 'stop'])
  await real.close()
  rmSync(dir, { recursive: true, force: true })
})

/** What a newcomer's shell has, with the providers' addresses on this machine. */
function environment(more: Record<string, string> = {}): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    HOME: dir,
    CATRACA_DATA_DIR: dir,
    LANG: 'C',
    OPENAI_BASE_URL: real.baseUrls.openai,
    GROQ_BASE_URL: real.baseUrls.groq,
    ANTHROPIC_BASE_URL: real.baseUrls.anthropic,
    GOOGLE_BASE_URL: real.baseUrls.google,
    AI_GATEWAY_BASE_URL: real.baseUrls.vercel,
    EXCHANGE_RATE_URL: real.baseUrls.exchangeRate,
    ...more,
  }
}

function start(argv: readonly string[], env: Record<string, string> = {}): ChildProcess {
  return spawn(process.execPath, ['--import', follow, main, ...argv], {
    cwd: dir,
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

async function run(argv: readonly string[], env: Record<string, string> = {}): Promise<Run> {
  const child = start(argv, env)
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

async function startGateway(): Promise<typeof gateway> {
  const child = start(['up', '--port', '0'])
  const elapsedMs = startStopwatch(child.pid ?? 0)
  let said = ''
  const ready = new Promise<string>((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      said += chunk.toString()
      const url = /ready on (http:\S+)[\s\S]*Stop: Ctrl-C/.exec(said)?.[1]
      if (url !== undefined) resolve(url)
    }
    child.stdout?.on('data', listen)
    child.stderr?.on('data', listen)
    child.once('exit', (code) => reject(new Error(`the gateway ended with ${code}: ${said}`)))
  })
  const url = await ready
  return { child, url, said: () => said, readyMs: elapsedMs() }
}

/** The exit code after SIGTERM. */
async function stopGateway(): Promise<number | null> {
  const { child } = gateway
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
  return child.exitCode
}

async function usage(...flags: string[]): Promise<UsageReport> {
  return JSON.parse((await run(['usage', '--json', ...flags])).stdout) as UsageReport
}

/** Booked in batches behind the answer: asked for until it is there. */
async function usageWith(calls: number, ...flags: string[]): Promise<UsageReport> {
  for (let attempt = 1; ; attempt++) {
    const report = await usage(...flags)
    if (report.totals.calls >= calls || attempt === 20) return report
  }
}

function chat(key: string, options: { stream?: boolean } = {}): Promise<Response> {
  return fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: 'reply with 7 words' }], ...options }),
  })
}

/** As a person would who was told "within a second". */
async function eventually(holds: () => Promise<boolean>): Promise<boolean> {
  for (const end = performance.now() + 40_000; performance.now() < end; await delay(50)) if (await holds()) return true
  return false
}

const demoKey = () => /ctk_[\w-]{43}/.exec(gateway.said())?.[0] ?? ''

// One story, in the order in which a newcomer lives it.
describe('catraca on a fresh machine', () => {
  it('comes up in demo mode and says so', () => {
    expect(gateway.said()).toContain('DEMO MODE: no provider key is stored')
    expect(gateway.said()).toContain(`curl -N ${gateway.url}/v1/chat/completions -H "Authorization: Bearer ${demoKey()}"`)
    expect(readFileSync(join(dir, '.env.local'), 'utf8')).toMatch(/^ENABLE_AI_GATEWAY=true$/m)
    expect(statSync(join(dir, 'demo-key')).mode & 0o777).toBe(0o600)
  })

  it('prints a set-up link that makes the first admin, and commands then know the user', async () => {
    const token = new RegExp(`${gateway.url}/setup#token=([\\w-]{43})\\n`).exec(gateway.said())?.[1]
    const body = JSON.stringify({ token, name: 'Ana', email: 'ana@example.com', password: 'correct horse battery' })
    const headers = { 'content-type': 'application/json' }
    expect((await fetch(`${gateway.url}/api/auth/setup`, { method: 'POST', headers, body })).status).toBe(200)
    expect((await run(['user', 'list'])).stdout).toMatch(/\nana@example\.com +Ana +admin +active +off +1 /)
  })

  it('refuses a second gateway on the same port, in words', async () => {
    const { code, stderr } = await run(['up', '--port', new URL(gateway.url).port])
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `catraca: A Catraca gateway already runs on ${gateway.url}: stop it first, or choose another port with --port or PORT.\n`,
    })
  })

  it('says of an address that is not of this machine which setting to change', async () => {
    const { code, stderr } = await run(['up', '--host', '192.0.2.1', '--port', '0'])
    expect(stderr).toContain('--host or HOST must be an address of this machine')
    expect(code).toBe(1)
  })

  it('streams an answer with the printed key, and shows the row, its cost in reais and the budget that moved', async () => {
    const text = await (await chat(demoKey(), { stream: true })).text()
    expect(text.match(/^data: \{/gm)?.length).toBeGreaterThan(5)
    expect(text.trimEnd()).toMatch(/data: \[DONE\]$/)
    const { rows, budgets } = await usageWith(1)
    expect(rows).toMatchObject([{ client: 'demo', source: 'api', status: 'ok' }])
    expect(Number(rows[0]?.cost_brl)).toBeGreaterThan(0)
    expect(budgets).toMatchObject([{ client: 'demo', type: 'brl', used: rows[0]?.cost_brl, hard: true }])
    expect((await run(['usage'])).stdout).toMatch(/Total today: 1 call, \d+ tokens, R\$ 0\.0/)
    expect(real.counts().accepted).toBe(0)
  })

  it('keeps nothing of the demo in the vault', async () => {
    const names = (JSON.parse((await run(['vault', 'list', '--json'])).stdout) as { name: string }[]).map(({ name }) => name)
    expect(names).toEqual(['accounts_secret'])
  })

  it('explains what would become of a call that the demo answers', async () => {
    const { code, stdout, stderr } = await run(['route', 'explain', 'demo', 'gpt-4o-mini'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('gpt-4o-mini')
  })

  it('lets a key in until it is revoked', async () => {
    const { key, prefix } = JSON.parse((await run(['key', 'create', 'demo', '--name', 'second', '--json'])).stdout) as Record<
      string,
      string
    >
    expect((await chat(key ?? '')).status).toBe(200)
    expect((await run(['key', 'revoke', prefix ?? ''])).code).toBe(0)
    expect(await eventually(async () => (await chat(key ?? '')).status === 401)).toBe(true)
  })

  it('holds a client to the budget that was set', async () => {
    const set = await run(['budget', 'set', 'demo', '--type', 'tokens', '--limit', '1', '--period', 'daily', '--hard', '--json'])
    expect(JSON.parse(set.stdout)).toMatchObject({ client: 'demo', type: 'tokens', limit: 1, used: 0, hard: true })
    expect(await eventually(async () => (await chat(demoKey())).status === 402)).toBe(true)
    await run(['budget', 'set', 'demo', '--type', 'tokens', '--limit', '100000', '--period', 'daily'])
    const budgets = JSON.parse((await run(['budget', 'list', 'demo', '--json'])).stdout) as { type: string; limit: unknown }[]
    expect(budgets.map(({ type, limit }) => [type, limit])).toEqual([
      ['brl', '5'],
      ['tokens', 100_000],
    ])
    // Written by the process that refused, queued and delivered by its jobs, as the gateway's own role.
    const alerts = async () => JSON.parse((await run(['alerts', '--client', 'demo', '--json'])).stdout) as Record<string, unknown>[]
    expect(await eventually(async () => (await alerts()).some(({ delivered_at }) => delivered_at !== null))).toBe(true)
    expect(await alerts()).toMatchObject([
      { kind: 'budget_exceeded', client: 'demo', limit: 1, details: { reason: 'refused', budget_type: 'tokens' } },
    ])
    expect((await run(['alerts'])).stdout).toContain('a call of demo was refused, because its daily budget does not cover it')
    await expect.poll(gateway.said).toContain('[Alerts] uma chamada de demo foi recusada, porque o orçamento diário não a cobre')
  })

  it('leaves demo mode as soon as keys are stored, without a restart', async () => {
    const { code, stdout, stderr } = await run(['setup'], setupKeys)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('stored   shared_openai_api_key')
    const reachesReal = async () => (await chat(demoKey())).status === 200 && real.counts().served > 0
    expect(await eventually(reachesReal)).toBe(true)
    expect(real.served()[0]).toMatchObject({ provider: 'vercel', model: 'openai/gpt-4o-mini', user: 'demo', byok: true })
  })

  it("runs the guide's SQL whole and shows the keys, and its test call moves the guide's budget", async () => {
    const { code, stdout, stderr } = await run(['sql', '-f', acceptance])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    for (const key of guideKeys) expect(stdout).toContain(` ${key}\n`)
    expect(stdout).toContain('Luis Boff | tokens      |             0 |       100000 |             0.00\n')
    let answer: { success?: boolean; result?: { usage: { totalTokens: number } } } = {}
    const succeeds = async () => {
      answer = (await (await fetch(`${gateway.url}/api/test/gateway`)).json()) as typeof answer
      return answer.success === true
    }
    expect(await eventually(succeeds)).toBe(true)
    expect(answer).toMatchObject({
      success: true,
      result: { text: 'Olá Mundo', model: 'gpt-4o-mini', provider: 'openai', wasCached: false },
    })
    const { rows, budgets } = await usageWith(1, '--client', 'luisboff')
    expect(rows).toMatchObject([{ client: 'luisboff', source: 'test', total_tokens: answer.result?.usage.totalTokens }])
    expect(budgets).toMatchObject([{ type: 'tokens', used: rows[0]?.total_tokens }])
  })

  it('passes its own doctor, who asks the providers', async () => {
    const { code, stdout } = await run(['doctor', '--online'], { PORT: new URL(gateway.url).port })
    expect(stdout).toContain('0 fail')
    expect(stdout.match(/^ *\d+ ✓/gm)).toHaveLength(17)
    expect(code).toBe(0)
    const refused = await run(['doctor', '--online'], { GROQ_BASE_URL: `${real.url}/nowhere` })
    expect(refused.stdout).toMatch(/ 4 ✗ Groq API key .* status 404/)
    expect(refused.code).toBe(1)
  })

  it("gives the database's address with the gateway up and with it down", async () => {
    const up = await run(['db', 'url'])
    expect(up.stderr).toBe('')
    expect(await countClients(up.stdout)).toBe('2')
    expect((await run(['db', 'stop'])).stderr).toContain('in use by a running gateway')
    expect(await stopGateway()).toBe(0)
    const wrongKey = { CATRACA_MASTER_KEY: Buffer.alloc(32).toString('base64') }
    expect(await run(['db', 'url'], wrongKey)).toMatchObject({ code: 1, stdout: '' })
    expect(existsSync(join(dir, 'postgres', 'postmaster.pid'))).toBe(false)
    const down = await run(['db', 'url'])
    expect(down.stderr).toContain('stop it with: npx catraca db stop')
    await run(['client', 'list'])
    expect(await countClients(down.stdout)).toBe('2')
    expect((await run(['db', 'stop'])).stdout).toBe('PostgreSQL is stopped.\n')
    await expect(countClients(down.stdout)).rejects.toThrow('ECONNREFUSED')
  })

  it('is ready again in less than 3 s', async () => {
    gateway = await startGateway()
    expect(gateway.readyMs).toBeLessThan(3_000)
    expect(gateway.said()).toContain('Keys: Vercel AI Gateway, OpenAI, Groq, Anthropic, Google')
  })

  // As under `up | tee log`, where Ctrl-C ends the other one first.
  it('stops in order when nobody reads its words any more', async () => {
    // It says that it is ready just before it listens for signals; once it answers, it does both.
    await fetch(gateway.url)
    gateway.child.stdout?.destroy()
    gateway.child.stderr?.destroy()
    expect(await stopGateway()).toBe(0)
    expect(existsSync(join(dir, 'postgres', 'postmaster.pid'))).toBe(false)
  })
})

async function countClients(printed: string): Promise<string | undefined> {
  const client = new pg.Client({ connectionString: printed.trim() })
  try {
    await client.connect()
    const { rows } = await client.query<{ count: string }>('select count(*) from clients')
    return rows[0]?.count
  } finally {
    await client.end()
  }
}
