import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Emulator, startEmulator } from '../../src/emulator/index.ts'
import { documents } from './_support/documents.ts'
import { missingLines, outputsOf, stepsOf, toScript } from './_support/run-document.ts'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
/** A test run that is killed takes its gateway along. */
const follow = fileURLToPath(new URL('../../bin/follow-parent.js', import.meta.url))

let dir: string
let real: Emulator
let gateway: ChildProcess
let port: string

/** A newcomer's folder and shell: `npx catraca` is this checkout's, and what `npm run up` started is running already. */
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), `catraca-test-${process.pid}-docs-`))
  // As root, PostgreSQL runs as another user, who has to get in.
  chmodSync(dir, 0o755)
  real = await startEmulator({ keys: ['vck_test_guide', 'sk-test-guide', 'gsk_test_guide'] })
  mkdirSync(join(dir, 'bin'))
  const shims = { npx: `shift; exec "${process.execPath}" "${main}" "$@"`, npm: 'exec cat "$CATRACA_SAID"' }
  for (const [name, line] of Object.entries(shims)) writeFileSync(join(dir, 'bin', name), `#!/bin/sh\n${line}\n`, { mode: 0o755 })
  gateway = spawn(process.execPath, ['--import', follow, main, 'up', '--port', '0'], {
    cwd: dir,
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = await untilReady(gateway)
  port = /ready on http:\/\/127\.0\.0\.1:(\d+)/.exec(said)?.[1] ?? ''
  writeFileSync(join(dir, 'said'), said)
})

afterAll(async () => {
  if (gateway.exitCode === null) {
    const ended = once(gateway, 'exit')
    gateway.kill('SIGTERM')
    await ended
  }
  await runScript('npx catraca db stop')
  await real.close()
  rmSync(dir, { recursive: true, force: true })
})

function environment(): Record<string, string> {
  return {
    PATH: `${join(dir, 'bin')}:${process.env.PATH ?? ''}`,
    HOME: dir,
    LANG: 'C.UTF-8',
    OPENAI_BASE_URL: real.baseUrls.openai,
    GROQ_BASE_URL: real.baseUrls.groq,
    AI_GATEWAY_BASE_URL: real.baseUrls.vercel,
    EXCHANGE_RATE_URL: real.baseUrls.exchangeRate,
    CATRACA_SAID: join(dir, 'said'),
  }
}

async function untilReady(child: ChildProcess): Promise<string> {
  let said = ''
  return await new Promise((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes('Stop: Ctrl-C')) resolve(said)
    }
    child.stdout?.on('data', listen)
    child.stderr?.on('data', listen)
    child.once('exit', (code) => reject(new Error(`the gateway ended with ${code}: ${said}`)))
  })
}

async function runScript(script: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn('bash', ['-c', script], { cwd: dir, env: { ...environment(), PORT: port }, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

// In this order, as a newcomer reads them: the first in demo mode, the second ends it. Commands are the same in both languages
// (documents.test.ts), so they are run once.
it.each(['start', 'guide'])(
  'docs/%s.md: every command works and says what the page shows',
  async (name) => {
    const document = documents.find(({ path }) => path === `docs/${name}.md`)
    const steps = document ? stepsOf(document) : []
    expect(steps.length).toBeGreaterThan(3)
    const { code, stdout, stderr } = await runScript(toScript(steps, port))
    const outputs = outputsOf(stdout)
    const wrong = steps.flatMap((step, index) => missingLines(step, outputs[index] ?? '').map((line) => ({ line, output: outputs[index] })))
    expect({ code, wrong, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, wrong: [], stderr: '' })
  },
  180_000,
)
