import { readConfig, readEnv } from './config/index.ts'
import { type Context, openContext } from './context.ts'
import { consoleLog, jsonLog } from './shared/log.ts'

let opening: Promise<Context> | undefined

/** The process's own context for the library, opened by its first call from the environment. A failure is not remembered. */
export function libraryContext(): Promise<Context> {
  opening ??= open().catch((error: unknown) => {
    opening = undefined
    throw error
  })
  return opening
}

async function open(): Promise<Context> {
  const config = readConfig(readEnv())
  return await openContext(config, { kind: 'library', log: config.telemetry.logFormat === 'json' ? jsonLog : consoleLog })
}
