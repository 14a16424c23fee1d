import { fork } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { join } from 'node:path'

/** A process of the benchmark. What it said when it was ready is `ready`. */
export interface Child<Ready> {
  ready: Ready
  /** What it takes so far. */
  usage(): Promise<Usage>
  stop(): Promise<void>
}

export interface Usage {
  /** User and system time of all its threads. */
  cpuMicros: number
  rssBytes: number
}

interface ChildOptions {
  /** A file of this folder. */
  file: string
  args?: string[]
  env?: Record<string, string>
  execArgv?: string[]
  /** Where its lines go, as a service's do in production. */
  stdoutFile?: string
}

export async function startChild<Ready>({ file, args = [], env = {}, execArgv = [], stdoutFile }: ChildOptions): Promise<Child<Ready>> {
  const stdout = stdoutFile === undefined ? 'ignore' : openSync(stdoutFile, 'a')
  const child = fork(join(import.meta.dirname, file), args, { env, execArgv, stdio: ['ignore', stdout, 'inherit', 'ipc'] })
  const exited = once(child, 'exit')
  const next = async <T>(): Promise<T> => {
    const [message] = await Promise.race([
      once(child, 'message'),
      exited.then(([code]) => {
        throw new Error(`${file} ended with code ${code}`)
      }),
    ])
    return message as T
  }
  const ready = await next<Ready>()
  return {
    ready,
    usage() {
      child.send('usage')
      return next<Usage>()
    },
    async stop() {
      if (child.connected) child.send('stop')
      await exited
    },
  }
}

/** The other side: tells the parent that we are ready, answers what it asks, and ends with it. */
export function serveParent<Ready>(ready: Ready, close: () => Promise<void>): void {
  const stop = async () => {
    await close()
    process.exit(0)
  }
  process.on('message', (message) => {
    if (message === 'stop') void stop()
    else {
      const { user, system } = process.cpuUsage()
      process.send?.({ cpuMicros: user + system, rssBytes: process.memoryUsage.rss() } satisfies Usage)
    }
  })
  process.on('disconnect', stop)
  process.send?.(ready)
}
