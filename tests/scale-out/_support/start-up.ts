import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { compileCache } from '../../_support/compile-cache.ts'
import { supervise } from '../../_support/supervise.ts'

/** This checkout; another version is a folder with the same files. */
export const thisVersion = fileURLToPath(new URL('../../../', import.meta.url))

/** `catraca up` as an operator runs it, in a process of its own. */
export interface Replica {
  pid: number
  url: string
  said(): string
  /** The processes behind its port, by process id; empty where it answers itself. */
  workers(): number[]
  /** kill -9; resolves when it is gone. */
  kill(): Promise<void>
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>
}

export function startUp(env: Record<string, string>, options: { dataDir: string; version?: string }): Promise<Replica> {
  return supervise(() => startOnce(env, options))
}

async function startOnce(env: Record<string, string>, options: { dataDir: string; version?: string }): Promise<Replica> {
  const { dataDir, version = thisVersion } = options
  const child = spawn(process.execPath, [`${version}/src/main.ts`, 'up'], {
    cwd: dataDir,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NODE_COMPILE_CACHE: compileCache, ...env, CATRACA_DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  const gone = once(child, 'exit') as Promise<[number | null, string | null]>
  const url = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        said += text
        const found = /ready on (http:\S+)[\s\S]*Stop: Ctrl-C/.exec(said)?.[1]
        if (found !== undefined) resolve(found)
      })
    }
    child.once('close', (code, signal) => reject(new Error(`catraca up ended before it was ready (${signal ?? code}): ${said}`)))
  })
  return {
    pid: child.pid ?? 0,
    url,
    said: () => said,
    workers: () => childrenOf(child.pid ?? 0),
    async kill() {
      child.kill('SIGKILL')
      await gone
    },
    stop: () => stop(child, gone),
  }
}

async function stop(child: ChildProcess, gone: Promise<[number | null, string | null]>): Promise<number | null> {
  child.kill('SIGTERM')
  return (await gone)[0]
}

function childrenOf(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`
  return existsSync(file) ? readFileSync(file, 'utf8').split(' ').filter(Boolean).map(Number) : []
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    // One that nobody has waited for yet is gone as well.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
