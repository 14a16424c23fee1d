import { readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { installPacked, repository, runIn } from '../_support/packed-package.ts'
import { type Program, startProgram } from '../_support/start-program.ts'

// What `npm pack` makes, in a folder that knows nothing of this repository, on whatever Node and npm the machine has.
const packed = inject('packed')
let project: string

beforeAll(async () => {
  project = await installPacked(packed.path)
  console.info(`package: ${(packed.size / 1e6).toFixed(1)} MB, ${packed.files.length} files`)
})
afterAll(async () => {
  if (project) await rm(dirname(project), { recursive: true, force: true })
})

describe('the tarball', () => {
  it('has what runs, and no sources, tests or settings', () => {
    const paths = packed.files.map(({ path }) => path)
    const needed = ['bin/catraca.js', 'dist/index.js', 'dist/index.d.ts', 'dist/main.js', 'dist/sbom.cdx.json', 'dashboard/dist/index.html']
    expect(paths).toEqual(expect.arrayContaining([...needed, 'LICENSE', 'README.md', '.env.example']))
    expect(paths.some((path) => path.startsWith('supabase/migrations/'))).toBe(true)
    const strange = paths.filter((path) =>
      /\.test\.|__fixtures__|(?<!\.d)\.tsx?$|^(?:src|tests|node_modules)\/|\.env(?!\.example)/.test(path),
    )
    expect(strange).toEqual([])
  })

  it('lists what it brings along, developers’ tools left out', async () => {
    const sbom = JSON.parse(await readFile(join(project, 'node_modules/catraca/dist/sbom.cdx.json'), 'utf8')) as {
      bomFormat: string
      components: { name: string; version: string; licenses?: unknown[]; hashes?: unknown[] }[]
    }
    expect(sbom.bomFormat).toBe('CycloneDX')
    const manifest = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8')) as Record<string, Record<string, string>>
    const listed = new Map(sbom.components.map(({ name, version }) => [name, version]))
    for (const [name, version] of Object.entries(manifest.dependencies ?? {})) expect(listed.get(name), name).toBe(version)
    expect(listed.has('vitest')).toBe(false)
    expect(sbom.components.filter(({ hashes }) => !hashes?.length)).toEqual([])
  })
})

describe('the gateway of an installed package', () => {
  let gateway: Program
  let url: string

  beforeAll(async () => {
    gateway = startProgram(project, {}, 'npx', '--no-install', 'catraca', 'up', '--port', '0')
    url = await gateway.says(/is ready on (http:\S+)/)
  })
  afterAll(() => gateway.stop())

  it('says its version on the machine’s own Node', async () => {
    const { version } = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8')) as { version: string }
    expect((await runIn(project, 'npx', '--no-install', 'catraca', '--version')).trim()).toBe(version)
    console.info(`package: run by ${(await runIn(project, 'node', '--version')).trim()}`)
  })

  it('is ready, answers a call in demo mode and shows its dashboard', async () => {
    expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({ status: 'ready' })
    const key = (await readFile(join(project, '.catraca/demo-key'), 'utf8')).trim()
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: 'Olá' }] }),
    })
    const body = (await answer.json()) as { choices: { message: { content: string } }[] }
    expect(answer.status, JSON.stringify(body)).toBe(200)
    expect(body.choices[0]?.message.content).not.toBe('')
    const page = await fetch(url, { headers: { accept: 'text/html' } })
    expect(await page.text()).toContain('<script type="module"')
    const usage = JSON.parse(await runIn(project, 'npx', '--no-install', 'catraca', 'usage', '--json')) as { rows: unknown[] }
    expect(usage.rows).toHaveLength(1)
  })
})

describe('the library of an installed package', () => {
  it('is called from plain JavaScript', async () => {
    await runIn(project, 'npx', '--no-install', 'catraca', 'client', 'add', '--slug', 'ana', '--name', 'Ana', '--enable')
    await runIn(project, 'npx', '--no-install', 'catraca', 'setup', '--openai-key', 'sk-test-packed-package')
    await writeFile(
      join(project, 'call.mjs'),
      `import { startEmulator } from 'catraca/testing'
       const emulator = await startEmulator({ keys: ['sk-test-packed-package'] })
       process.env.OPENAI_BASE_URL = emulator.baseUrls.openai
       process.env.ENABLE_AI_GATEWAY = 'true'
       const { callAI, BudgetExceededError } = await import('catraca')
       const { shouldUseGateway } = await import('catraca/config')
       const { text, cost } = await callAI({ clientId: 'ana', model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: 'Oi' }] })
       console.log(JSON.stringify({ text, brl: typeof cost.brl, used: await shouldUseGateway('ana'), error: typeof BudgetExceededError }))
       process.exit(0)`,
    )
    // The library needs the Node that package.json asks for, which the package brings.
    const output = await runIn(project, process.execPath, 'call.mjs')
    const said = JSON.parse(output.trim().split('\n').at(-1) ?? '') as { text: string }
    expect(said).toMatchObject({ used: true, error: 'function' })
    expect(said.text).not.toBe('')
  })

  it.each([
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ])('is typed for module %s, resolution %s', async (module, moduleResolution) => {
    const options = { module, moduleResolution, target: 'es2024', strict: true, noEmit: true, skipLibCheck: true, types: [] }
    await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['consumer.mts'] }))
    await writeFile(
      join(project, 'consumer.mts'),
      `import { type AiResult, BudgetExceededError, callAI, streamAI } from 'catraca'
       import { getSharedGatewayConfig, shouldUseGateway } from 'catraca/config'
       import { startEmulator } from 'catraca/testing'
       const result: AiResult = await callAI({ clientId: 'ana', messages: [{ role: 'user', content: 'Oi' }] })
       const text: string = result.text
       const used: boolean = await shouldUseGateway('ana')
       // @ts-expect-error: a wrong call is seen, so the types are there and are no any.
       await callAI({ clientId: 1 })
       // @ts-expect-error: a text is no number.
       const wrong: number = result.text
       export { BudgetExceededError, getSharedGatewayConfig, startEmulator, streamAI, text, used, wrong }`,
    )
    await runIn(project, process.execPath, join(repository, 'node_modules/typescript/bin/tsc'), '--project', project, '--pretty', 'false')
  })
})
