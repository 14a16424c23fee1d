import { createHash } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { type Emulator, startEmulator } from '../../src/emulator/index.ts'
import { launchChromium } from '../_support/chromium.ts'
import { installExample, runIn } from '../_support/packed-package.ts'
import { type Program, startProgram } from '../_support/start-program.ts'

// examples/nextjs-chatbot as its README has it: the package from its tarball, built and served by Next.js on a running gateway's database.
const guideRoute = 'src/app/api/test/gateway/route.ts'
const guideClient = '123e4567-e89b-12d3-a456-426614174000'
const key = 'sk-test-nextjs-chatbot'
let emulator: Emulator
let folder: string
let gateway: Program
let app: Program
let url: string

beforeAll(async () => {
  emulator = await startEmulator({ keys: [key] })
  folder = await installExample('nextjs-chatbot', inject('packed').path)
  const env = { OPENAI_BASE_URL: emulator.baseUrls.openai, EXCHANGE_RATE_URL: emulator.baseUrls.exchangeRate }
  gateway = startProgram(folder, env, process.execPath, catracaBin, 'up', '--port', '0')
  await Promise.all([gateway.says(/is ready on http:\S+/), runIn(folder, process.execPath, nextBin, 'build')])
  await catraca('setup', '--openai-key', key)
  await catraca(
    'sql',
    '-c',
    `insert into clients (id, name, slug, use_ai_gateway) values ('${guideClient}', 'Luis Boff', 'luisboff', true)`,
  )
  const databaseUrl = (await catraca('db', 'url')).trim()
  app = startProgram(folder, { ...env, DATABASE_URL: databaseUrl }, process.execPath, nextBin, 'start', '--port', '0')
  url = await app.says(/Local:\s+(http:\S+)/)
})
afterAll(async () => {
  await app?.stop()
  await gateway?.stop()
  await emulator.close()
  if (folder) await rm(dirname(folder), { recursive: true, force: true })
})

const catracaBin = 'node_modules/catraca/bin/catraca.js'
const nextBin = 'node_modules/next/dist/bin/next'

function catraca(...args: string[]): Promise<string> {
  return runIn(folder, process.execPath, catracaBin, ...args)
}

async function usageRows(): Promise<Record<string, unknown>[]> {
  return (JSON.parse(await catraca('usage', '--json')) as { rows: Record<string, unknown>[] }).rows
}

function chat(messages: unknown, signal?: AbortSignal): Promise<Response> {
  const body = JSON.stringify({ messages })
  return fetch(`${url}/api/chat`, { method: 'POST', headers: { 'content-type': 'application/json' }, body, ...(signal && { signal }) })
}

async function chatLines(content: string): Promise<Record<string, string>[]> {
  const answer = await chat([{ role: 'user', content }])
  expect(answer.status).toBe(200)
  const lines = (await answer.text()).trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line) as Record<string, string>)
}

it('has the guide’s route as the guide has it', async () => {
  const route = await readFile(join(folder, guideRoute))
  expect(createHash('sha256').update(route).digest('hex')).toBe('3d70f8e3837a5b6c83897ece71b3ff4cef5b90e51390b29feed9c363166857b9')
})

it('answers the guide’s curl with the guide’s JSON, and logs it in the guide’s words and rows', async () => {
  const answer = await fetch(`${url}/api/test/gateway`)
  expect({ status: answer.status, body: await answer.json() }).toEqual({
    status: 200,
    body: {
      success: true,
      result: {
        text: 'Olá Mundo',
        model: 'gpt-4o-mini',
        provider: 'openai',
        wasCached: false,
        latencyMs: expect.any(Number),
        usage: { promptTokens: 26, completionTokens: 2, totalTokens: 28 },
      },
    },
  })
  await app.says(/\[Usage Tracking\] Logged usage: 28 tokens, R\$ 0\.\d+/)
  expect(app.said()).toContain('Gateway enabled: true')
  expect(app.said()).toContain('Config: { hasGatewayKey: false, hasOpenAI: true }')
  expect(app.said()).toContain('[AI Gateway] Routing request through AI Gateway')
  // The guide's 7.4.
  const logs = await catraca(
    'sql',
    '-c',
    'SELECT client_id, provider, model_name, total_tokens, cost_brl, was_cached, created_at FROM gateway_usage_logs ORDER BY created_at DESC LIMIT 5',
  )
  expect(logs).toMatch(new RegExp(`${guideClient} \\| openai +\\| gpt-4o-mini \\| +28 \\| 0\\.\\d+`))
})

it('streams a chat and says what it cost', async () => {
  const before = (await usageRows()).length
  const lines = await chatLines('Oi, tudo bem?')
  expect(lines.filter((line) => 'text' in line).length).toBeGreaterThan(5)
  expect(lines.at(-1)).toEqual({ cost: expect.stringMatching(/^R\$ 0\.\d+$/) })
  expect((await usageRows()).length).toBe(before + 1)
})

it('gives each piece as it comes', async () => {
  const undo = emulator.inject({ hangAfterChunks: 2 })
  const left = new AbortController()
  const answer = await chat([{ role: 'user', content: 'Conte uma história.' }], left.signal)
  // The model never ends, so this came before the end.
  const first = await answer.body?.getReader().read()
  expect(new TextDecoder().decode(first?.value)).toMatch(/^\{"text":".+"\}\n/)
  undo()
  left.abort()
})

it('tells why there is no answer, and refuses what is no chat', async () => {
  await catraca('budget', 'set', 'luisboff', '--type', 'tokens', '--limit', '1', '--period', 'daily', '--hard')
  expect(await chatLines('Oi')).toEqual([{ error: expect.stringMatching(/^O orçamento diário em tokens não cobre esta chamada/) }])
  await catraca('budget', 'remove', 'luisboff', '--type', 'tokens', '--period', 'daily')
  for (const messages of [undefined, [], [{ role: 'system', content: 'Oi' }]]) expect((await chat(messages)).status).toBe(400)
})

it('is a page that one chats on', async () => {
  const browser = await launchChromium()
  try {
    const page = await browser.newPage()
    await page.goto(url)
    await page.getByLabel('Mensagem').fill('Bom dia')
    await page.getByRole('button', { name: 'Enviar' }).click()
    await page.getByText(/^R\$ 0\.\d+$/).waitFor()
    expect(await page.locator('li[data-role=assistant]').textContent()).toContain('“Bom dia”')
  } finally {
    await browser.close()
  }
})
