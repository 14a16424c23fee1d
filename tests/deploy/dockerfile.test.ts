import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compileCache } from '../_support/compile-cache.ts'
import { type Fleet, openFleet } from '../_support/gateway-fleet.ts'

// There need not be a Docker here: what the image would have is put together from the Dockerfile itself, and its own commands are run in it.
const root = fileURLToPath(new URL('../../', import.meta.url))
const lines = readFileSync(join(root, 'deploy/Dockerfile'), 'utf8').replaceAll('\\\n', ' ').split('\n')
const last = lines.findLastIndex((line) => line.startsWith('FROM '))
const inBuild = lines.slice(0, last)
const inImage = lines.slice(last)
const copied = inImage.flatMap((line) => {
  const [, from, to] = /^COPY --from=build (\S+) (\S+)$/.exec(line) ?? []
  return from === undefined || to === undefined ? [] : [{ from, to }]
})
/** Made by the build's own commands. */
const made = new Set(['/app/node_modules', '/app/dashboard/dist'])

let fleet: Fleet
let image: string
beforeAll(async () => {
  fleet = await openFleet()
  image = await mkdtemp(join(tmpdir(), 'catraca-image-'))
})
afterAll(async () => {
  await fleet.close()
  await rm(image, { recursive: true, force: true })
})

test('whatever is copied is there, and goes to the builder', () => {
  const sources = inBuild.flatMap((line) => /^COPY (.+) \S+$/.exec(line)?.[1]?.split(' ') ?? [])
  expect(sources.filter((path) => !existsSync(join(root, path)))).toEqual([])
  const ignore = readFileSync(join(root, 'deploy/Dockerfile.dockerignore'), 'utf8').split('\n')
  expect(sources.filter((path) => !ignore.includes(`!${path.split('/')[0]}`))).toEqual([])
  const isCopied = ({ from }: { from: string }) => made.has(from) || sources.some((path) => from === `/app/${path}`)
  expect(copied.length).toBeGreaterThan(4)
  expect(copied.filter((copy) => !isCopied(copy))).toEqual([])
  expect(lines.filter((line) => /\bnpm (ci|install|prune)\b/.test(line) && !line.includes('--ignore-scripts'))).toEqual([])
  expect(inImage.findLast((line) => line.startsWith('USER '))).toBe('USER node')
})

test('a gateway in the image is kept as small as the launcher keeps it', async () => {
  const { gatewayProcess } = await import(new URL('../../bin/gateway-process.js', import.meta.url).href)
  expect(jsonOf('ENTRYPOINT').slice(1, -1)).toEqual(gatewayProcess.flags)
  for (const [name, value] of Object.entries(gatewayProcess.env)) expect(inImage.join('\n')).toMatch(new RegExp(`\\s${name}=${value}\\s`))
})

test('what is in the image starts, is healthy by its own check, and stops in order', async () => {
  for (const { from, to } of copied) {
    const source = join(root, from.replace('/app/', ''))
    const target = join(image, to)
    await mkdir(dirname(target), { recursive: true })
    if (from === '/app/node_modules') await symlink(source, target, 'dir')
    else if (existsSync(source)) await cp(source, target, { recursive: true, filter: (path) => !path.endsWith('.test.ts') })
  }
  const [entry, ...started] = jsonOf('ENTRYPOINT')
  const [flags, program = ''] = [started.slice(0, -1), started.at(-1)]
  expect(entry).toBe('node')
  const dataDir = await fleet.newDataDir()
  const env = { PATH: process.env.PATH, NODE_ENV: 'production', ...fleet.env, CATRACA_DATA_DIR: dataDir, NODE_COMPILE_CACHE: compileCache }
  const child = spawn(process.execPath, [...flags, join(image, program), ...jsonOf('CMD')], {
    cwd: dataDir,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text) => (said += text))
  await expect.poll(() => said, { timeout: 150_000 }).toMatch(/ready on http:\S+:\d+[\s\S]*Stop:/)
  const port = /ready on http:\S+:(\d+)/.exec(said)?.[1]
  expect(await checkHealth(env, port)).toBe(0)
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
  expect(await checkHealth(env, port)).toBe(1)
})

async function checkHealth(env: Record<string, string | undefined>, port: string | undefined): Promise<number | null> {
  const [, ...args] = JSON.parse(/ CMD (\[.*\])$/.exec(inImage.find((line) => line.startsWith('HEALTHCHECK')) ?? '')?.[1] ?? '[]')
  return (await once(spawn(process.execPath, args, { env: { ...env, PORT: port } }), 'exit'))[0]
}

function jsonOf(instruction: string): string[] {
  return JSON.parse(inImage.find((line) => line.startsWith(`${instruction} `))?.slice(instruction.length) ?? '[]')
}
