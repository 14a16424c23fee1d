import { readdir, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { installExample, repository } from '../_support/packed-package.ts'
import { startProgram } from '../_support/start-program.ts'

// What docs/recipes.md tells: each program as it is installed from npm, or the requests that it sends, against the running gateway.
let gateway: TestGateway
let folder: string

beforeAll(async () => {
  gateway = await startTestGateway()
  folder = await installExample('recipes')
})
afterAll(async () => {
  await gateway.close()
  if (folder) await rm(dirname(folder), { recursive: true, force: true })
})

interface Row {
  provider: string
  model_name: string
  total_tokens: bigint
}

/** The client's rows, oldest first, once there are so many. */
async function rowsOf(client: string, count: number): Promise<Row[]> {
  let rows: Row[] = []
  const look = async () => {
    rows = await gateway.database.query<Row>(
      "select provider, model_name, total_tokens from gateway_usage_logs where client_id = $1 and status = 'ok' order by created_at",
      [client],
    )
    return rows.length
  }
  await expect.poll(look, { timeout: 30_000 }).toBe(count)
  return rows
}

async function runRecipe(command: string, file: string): Promise<{ output: string; client: string }> {
  const { id, key } = await gateway.addClient()
  const program = startProgram(folder, { CATRACA_URL: gateway.url, CATRACA_KEY: key }, command, file)
  expect(await program.ends(), program.said()).toBe(0)
  return { output: program.said(), client: id }
}

describe('a program of npm', () => {
  it.each([
    ['ai-sdk.ts', /recebi “Diga oi”/, ['anthropic/claude-sonnet-4-5']],
    ['langchain.ts', /recebi “Diga oi”.*\n1536 números\n$/, ['openai/gpt-4o-mini', 'openai/text-embedding-3-small']],
    ['openai-agents.ts', /das 9 às 18 horas/, ['openai/gpt-4o-mini', 'openai/gpt-4o-mini']],
    ['llamaindex.ts', /recebi “Diga oi”.*\n$/, ['openai/gpt-4o-mini']],
  ])('%s runs as it is in the document, and is billed', async (file, answer, models) => {
    const { output, client } = await runRecipe(process.execPath, file)
    expect(output).toMatch(answer)
    const rows = await rowsOf(client, models.length)
    expect(rows.map(({ provider, model_name }) => `${provider}/${model_name}`)).toEqual(models)
    for (const { total_tokens } of rows) expect(total_tokens).toBeGreaterThan(0n)
  })
})

it('curl.sh streams', async () => {
  const { output, client } = await runRecipe('sh', 'curl.sh')
  expect(output).toMatch(/^data: \{.*"content":" recebi".*data: \[DONE\]\s*$/s)
  expect(await rowsOf(client, 1)).toMatchObject([{ provider: 'openai', model_name: 'gpt-4o-mini' }])
})

interface WireRequest {
  method: string
  path: string
  headers: Record<string, string>
  body?: Record<string, unknown>
}

describe('a program by its requests', () => {
  it.each(['python', 'n8n', 'typebot', 'chatwoot'])('%s is answered and billed', async (name) => {
    const requests = JSON.parse(await readFile(join(folder, 'wire', `${name}.json`), 'utf8')) as WireRequest[]
    const { id, key } = await gateway.addClient()
    for (const { method, path, headers, body } of requests) {
      const answer = await fetch(`${gateway.url}${path}`, {
        method,
        headers: { ...headers, authorization: `Bearer ${key}` },
        ...(body && { body: JSON.stringify(body) }),
      })
      const text = await answer.text()
      expect(answer.status, text).toBe(200)
      expect(text).toMatch(method === 'GET' ? /"openai\/gpt-4o-mini"/ : /recebi/)
    }
    for (const row of await rowsOf(id, requests.filter(({ body }) => body).length)) {
      expect(row).toMatchObject({ provider: 'openai', model_name: 'gpt-4o-mini' })
    }
  })
})

it('is in the document as it runs', async () => {
  const document = await readFile(join(repository, 'docs/recipes.md'), 'utf8')
  const blocks = new Map(
    [...document.matchAll(/<!-- (\S+) -->\n```\w+\n([\s\S]*?)```/g)].map(([, file = '', code = '']) => [file, code] as const),
  )
  const files = (await readdir(join(repository, 'examples/recipes'))).filter((file) => /\.(?:ts|sh|py)$/.test(file)).sort()
  expect([...blocks.keys()].sort()).toEqual(files)
  for (const [file, code] of blocks) expect(code, file).toBe(await readFile(join(repository, 'examples/recipes', file), 'utf8'))
})
