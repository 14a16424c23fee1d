import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'dotenv'
import { errorCode } from '../shared/error-code.ts'

export type Env = Readonly<Record<string, string | undefined>>

/**
 * The environment as the process was given it, over `.env.local`, over `.env` in `dir`. The only reader of `process.env`; what is
 * set there is never overwritten, and an empty value counts as not set.
 */
export function readEnv(dir: string = process.cwd()): Env {
  const merged = { ...readEnvFile(join(dir, '.env')), ...readEnvFile(join(dir, '.env.local')), ...process.env }
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined && value.trim() !== ''))
}

function readEnvFile(path: string): Record<string, string> {
  try {
    return parse(readFileSync(path))
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return {}
    throw error
  }
}
