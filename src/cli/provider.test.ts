import { Readable } from 'node:stream'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import { type CliRun, runCommand } from '../../tests/_support/terminal.ts'
import { type Emulator, startEmulator } from '../emulator/index.ts'
import { generateMasterKey } from '../vault/index.ts'

const key = 'mst-test-0123456789'

let database: TestDatabase
let emulator: Emulator
let env: Record<string, string>

beforeAll(async () => {
  database = await createTestDatabase()
  emulator = await startEmulator({ keys: [key] })
  env = { DATABASE_URL: database.url, CATRACA_MASTER_KEY: generateMasterKey(), ENABLE_AI_GATEWAY: 'true', PORT: '1' }
})
afterAll(async () => {
  await emulator.close()
  await database.drop()
})
afterEach(() => vi.restoreAllMocks())

const run = (...argv: string[]): Promise<CliRun> => runCommand(env, ...argv)

function runWithStdin(text: string, ...argv: string[]): Promise<CliRun> {
  vi.spyOn(process, 'stdin', 'get').mockReturnValue(Readable.from([Buffer.from(text)]) as typeof process.stdin)
  return run(...argv)
}

it('adds a known provider by its name and a key, changes only what is named, and never shows the key', async () => {
  const added = await runWithStdin(`${key}\n`, 'provider', 'add', 'mistral', '--key-stdin', '--json')
  expect(added.code).toBe(0)
  expect(added.json()).toMatchObject({
    name: 'mistral',
    base_url: 'https://api.mistral.ai/v1',
    limit_field: 'max_tokens',
    supports_stream_usage: false,
    is_new: true,
  })
  const base = emulator.baseUrls.groq
  const changed = await run('provider', 'add', 'mistral', '--base-url', `${base}/`, '--allow-http', '--json')
  expect(changed.json()).toMatchObject({ base_url: base, allow_http: true, supports_stream_usage: false, is_new: false })
  const { api_key_secret_id: id } = added.json<{ api_key_secret_id: string }>()
  expect(changed.json()).toMatchObject({ api_key_secret_id: id })
  for (const { stdout, stderr } of [added, changed, await run('provider', 'list'), await run('vault', 'list')])
    expect(stdout + stderr).not.toContain(key)
})

it('tests the key, for nothing', async () => {
  expect(await run('provider', 'test', 'mistral')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^Mistral answers \(\d+ ms\)\n$/),
  })
  await runWithStdin('wrong-test-key', 'provider', 'add', 'mistral', '--key-stdin')
  const refused = await run('provider', 'test', 'mistral')
  expect(refused).toMatchObject({ code: 1, stdout: 'Mistral refused the key (status 401)\n' })
  await runWithStdin(key, 'provider', 'add', 'mistral', '--key-stdin')
  expect(emulator.served()).toEqual([])
})

it('adds models with prices; 0 is a price where it is said', async () => {
  const added = await run('models', 'add', 'mistral/mistral-small', '--input', '0.1', '--output', '0.3', '--reads', 'text,image', '--tools')
  expect(added).toMatchObject({ code: 0, stdout: 'Added mistral/mistral-small: US$ 0.1 /1M in, US$ 0.3 /1M out.\n' })
  const again = await run('models', 'add', 'mistral/mistral-small', '--input', '0.2', '--output', '0.6')
  expect(again.stdout).toBe('Changed mistral/mistral-small: US$ 0.2 /1M in, US$ 0.6 /1M out.\n')
  const versions = await database.database.query<{ price: string }>(
    "select input_price_per_million as price from model_prices where gateway_identifier = 'mistral/mistral-small' order by valid_to nulls last",
  )
  expect(versions.map(({ price }) => price)).toEqual(['0.1', '0.2'])
  const [row] = await database.database.query("select capabilities, price_source from ai_models_registry where provider = 'mistral'")
  expect(row).toEqual({ capabilities: { input: ['text', 'image'], tools: true }, price_source: 'operator' })

  await run('provider', 'add', 'ollama')
  expect((await run('models', 'add', 'ollama/llama3.2', '--input', '0', '--output', '0')).code).toBe(0)
  const list = await run('models', 'list', '--provider', 'ollama')
  expect(list.stdout).toMatch(/ollama\/llama3\.2 +chat +0(?:\.0+)? +- +0(?:\.0+)? /)
  expect((await run('models', 'add', 'ollama/llama3.2', '--input', '0')).stderr).toContain('add --output (0 where it costs nothing)')
  expect((await run('models', 'add', 'ollama/llama3.2', '--output', '0')).stderr).toContain('--input')
  expect((await run('models', 'add', 'nobody/x', '--input', '1', '--output', '1')).stderr).toContain('npx catraca provider add nobody')
})

it('names what a provider takes besides chats, and prices a model of it by what it is billed by', async () => {
  expect((await run('provider', 'list', '--json')).json<{ kinds: string[] }[]>().map(({ kinds }) => kinds)).toEqual([
    ['embeddings', 'transcriptions', 'moderations'],
    ['embeddings'],
  ])
  await run('provider', 'add', 'ollama', '--kinds', 'images,embeddings')
  expect((await run('provider', 'add', 'ollama', '--json')).json()).toMatchObject({ kinds: ['embeddings', 'images'] })
  expect((await run('provider', 'add', 'ollama', '--kinds', 'pictures')).stderr).toContain('image-edits')
  expect((await run('provider', 'add', 'ollama', '--kinds', 'none', '--json')).json()).toMatchObject({ kinds: [] })
  const add = (...argv: string[]) => run('models', 'add', ...argv)
  expect((await add('mistral/voxtral', '--type', 'transcription')).stderr).toContain('add --per-minute, or --input and --output')
  expect((await add('mistral/voxtral', '--type', 'transcription', '--per-minute', '0.002')).stdout).toBe(
    'Added mistral/voxtral: US$ 0.002 a minute.\n',
  )
  await run('models', 'add', 'mistral/mistral-embed', '--type', 'embeddings', '--input', '0.1')
  expect(
    await database.database.query(
      "select model_name, price_per_audio_minute::text as minute from ai_models_registry where api_type = 'transcription' and provider = 'mistral'",
    ),
  ).toEqual([{ model_name: 'voxtral', minute: '0.002' }])
  await database.database.query("delete from ai_models_registry where model_name in ('voxtral', 'mistral-embed')")
})

it('lists them, and the doctor looks at them', async () => {
  const list = await run('provider', 'list')
  expect(list.stdout).toMatch(/mistral +openai-compatible +http:\/\/127\.0\.0\.1:\d+\/groq\/openai\/v1 +stored +1 +active/)
  expect(list.stdout).toMatch(/ollama +openai-compatible +http:\/\/127\.0\.0\.1:11434\/v1 +none +1 +active/)
  const { checks } = (await run('doctor', '--json')).json<{ checks: { name: string; status: string; detail: string }[] }>()
  expect(checks.find(({ name }) => name === 'Provider mistral')).toMatchObject({ status: 'pass', detail: '1 model' })
})

it.each([
  [['openai', '--base-url', 'https://models.example.com/v1', '--no-key'], 1, 'A provider of this name is built in'],
  [['Mine', '--base-url', 'https://models.example.com/v1', '--no-key'], 1, 'The name of a provider is small letters'],
  [
    ['mine', '--base-url', 'http://models.example.com/v1', '--no-key'],
    1,
    'must begin with https:// (allow_http, --allow-http on the command line,',
  ],
  [['mine', '--base-url', 'http://models.example.com/v1', '--allow-http', '--no-key'], 1, 'on a loopback or private host only'],
  [['mine', '--no-key'], 2, 'Where is "mine"? Add --base-url'],
  [['mine', '--preset', 'nothing'], 2, 'There is no preset "nothing"'],
  [['mine', '--base-url', 'https://models.example.com/v1'], 1, 'has no key yet'],
  [['azure', '--no-key'], 2, '--base-url https://RESOURCE.openai.azure.com/openai/v1'],
  [['mine', '--base-url', 'https://h.example/v1', '--no-key', '--header', 'authorization=Bearer x'], 1, 'a key is stored as one'],
  [['mine', '--base-url', 'https://h.example/v1', '--no-key', '--query', 'api-key=x'], 1, 'and is no key'],
  [['mine', '--base-url', 'https://h.example/v1', '--no-key', '--query', 'x'], 2, 'name=value'],
  [
    ['mine', '--base-url', 'https://h.example/v1', '--no-key', '--package', 'left-pad', '--export', 'createX'],
    1,
    'CATRACA_PROVIDER_PACKAGES',
  ],
  [
    ['mine', '--base-url', 'https://h.example/v1', '--no-key', '--package', '@ai-sdk/cohere'],
    1,
    'A package and its export belong together',
  ],
])('refuses provider add %j', async (argv, code, words) => {
  const refused = await run('provider', 'add', ...argv)
  expect(refused.stderr).toContain(words)
  expect(refused.code).toBe(code)
  expect((await run('provider', 'list', '--json')).json<{ name: string }[]>().map(({ name }) => name)).toEqual(['mistral', 'ollama'])
})

it('a package that is not installed is told by provider test', async () => {
  await runWithStdin('co-test-0123456789', 'provider', 'add', 'cohere', '--key-stdin')
  const tested = await run('provider', 'test', 'cohere')
  expect(tested).toMatchObject({ code: 1, stdout: expect.stringContaining('npm i @ai-sdk/cohere') })
  await run('provider', 'remove', 'cohere')
})

it('removes one, and says what of it stays', async () => {
  const removed = await run('provider', 'remove', 'mistral')
  expect(removed.stdout).toBe('Removed mistral. Its models in the registry (1) cannot be called any more.\n')
  expect(await run('provider', 'remove', 'mistral')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('There is no provider "mistral"'),
  })
})
