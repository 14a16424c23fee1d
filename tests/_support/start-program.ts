import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { strangersEnvironment } from './packed-package.ts'

export interface Program {
  /** All that it has written. */
  said(): string
  /** Waits until it has said so; what the first group caught, or the whole. Throws with its words when it ends before. */
  says(what: RegExp): Promise<string>
  /** Its exit code, once it has ended by itself. */
  ends(): Promise<number | null>
  /** SIGTERM, and its end. */
  stop(): Promise<void>
}

/** A program that runs on in somebody's folder. */
export function startProgram(folder: string, env: Record<string, string>, command: string, ...args: string[]): Program {
  const child = spawn(command, args, { cwd: folder, env: { ...strangersEnvironment(), ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'close')
  // Whoever waits for its words is told.
  ended.catch(() => {})
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (piece: string) => {
      text += piece
    })
  }
  const isOver = () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined
  return {
    said: () => text,
    async says(what) {
      for (let tries = 0; tries < 2_000; tries++) {
        const found = what.exec(text)
        if (found) return found[1] ?? found[0]
        if (isOver()) break
        await delay(100)
      }
      throw new Error(`${command} ${args.join(' ')} did not say ${what}:\n${text}`)
    },
    async ends() {
      await ended
      return child.exitCode
    },
    async stop() {
      if (isOver()) return
      child.kill('SIGTERM')
      await ended
    },
  }
}
