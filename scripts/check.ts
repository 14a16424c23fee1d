import { spawn } from 'node:child_process'
import { cpus } from 'node:os'

/** One line of `npm run check`: a tool, run with this Node so that what it starts is pinned as well. */
interface Step {
  name: string
  args: readonly string[]
}

const steps: readonly Step[] = [
  { name: 'format and lint', args: ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings'] },
  { name: 'types', args: ['node_modules/typescript/bin/tsc', '--pretty', 'false'] },
  { name: 'dashboard types', args: ['node_modules/typescript/bin/tsc', '--project', 'dashboard', '--pretty', 'false'] },
  { name: 'tidy', args: ['node_modules/vitest/vitest.mjs', 'run', '--project', 'tidy', '--reporter', 'dot'] },
]

/** Output is shown only of what failed, so that a passing check is five lines. */
async function check(): Promise<boolean> {
  const started = performance.now()
  const results = cpus().length > 1 ? await Promise.all(steps.map(runStep)) : await inTurn()
  const failed = results.filter((passed) => !passed).length
  process.stdout.write(`${failed === 0 ? 'check passed' : `check failed: ${failed} of ${steps.length}`} in ${seconds(started)}\n`)
  return failed === 0
}

async function inTurn(): Promise<boolean[]> {
  const results: boolean[] = []
  for (const step of steps) results.push(await runStep(step))
  return results
}

function runStep({ name, args }: Step): Promise<boolean> {
  const started = performance.now()
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    const output: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => output.push(chunk))
    child.on('close', (code) => {
      if (code !== 0) process.stdout.write(`\n${Buffer.concat(output).toString().trim()}\n`)
      process.stdout.write(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds(started)})\n`)
      resolve(code === 0)
    })
  })
}

function seconds(started: number): string {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`
}

process.exitCode = (await check()) ? 0 : 1
