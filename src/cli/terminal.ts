import { styleText } from 'node:util'
import { type Env, readEnv } from '../config/index.ts'
import type { Log } from '../shared/log.ts'
import type { MoneyLocale } from '../shared/money.ts'
import { stringify } from '../shared/stringify.ts'

export type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow'

/** What a command talks to: answers go to `out`, so that they can be piped; progress and notices to `err`. */
export interface Terminal {
  env: Env
  /** The language of amounts, times and counts: Portuguese where LANG says so. */
  locale: MoneyLocale
  /** A person is there to be asked. */
  isInteractive: boolean
  /** Of the window that answers are shown in; undefined where they go elsewhere. */
  columns?: number | undefined
  out(text: string): void
  err(line: string): void
  /** Colours only a terminal, and none under NO_COLOR. */
  style(style: Style, text: string): string
}

export function processTerminal(): Terminal {
  const env = readEnv()
  return {
    env,
    locale: localeOf(env),
    isInteractive: process.stdin.isTTY === true && process.stderr.isTTY === true,
    columns: process.stdout.columns,
    out: (text) => void process.stdout.write(text),
    err: (line) => void process.stderr.write(`${line}\n`),
    style: (style, text) => styleText(style, text, { stream: process.stdout }),
  }
}

export function localeOf(env: Env): MoneyLocale {
  const language = env.LC_ALL ?? env.LC_MESSAGES ?? env.LANG ?? ''
  return language.toLowerCase().startsWith('pt') ? 'pt-BR' : 'en'
}

/** What happens on the way, kept out of a command's own output. */
export function noticeLog(terminal: Terminal): Log {
  return {
    info: (message) => terminal.err(message),
    warn: (message) => terminal.err(message),
    error: (message) => terminal.err(message),
  }
}

/** `--json`: one line on stdout, and nothing else there. Otherwise what `human` says. */
export function answer(terminal: Terminal, options: { json?: boolean | undefined }, value: unknown, human: () => string): void {
  const text = options.json ? stringify(value) : human()
  terminal.out(text.endsWith('\n') ? text : `${text}\n`)
}
