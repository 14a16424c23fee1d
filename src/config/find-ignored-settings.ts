import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { settingNames } from './config.ts'
import type { Env } from './env.ts'

/** What one command or our own tests and examples read besides the settings. */
const otherNames = /^CATRACA_(?:DEBUG|NEW_MASTER_KEY|KEY|URL|WEBHOOK_SECRET|FIGURES|SAID|SIM_SEED|TEST_.*)$/
/** Kubernetes and Docker tell every program of a service that happens to have our name in this way. */
const serviceNames = /_SERVICE_(?:HOST|PORT)|_PORT_\d+_(?:TCP|UDP|SCTP)/
/** An assignment, as dotenv reads it: the value may be quoted and go on for lines. */
const assignment =
  /^\s*(?:export\s+)?[\w.-]+(?:\s*=\s*?|:\s+?)(?:\s*'(?:\\'|[^'])*'|\s*"(?:\\"|[^"])*"|\s*`(?:\\`|[^`])*`|[^#\r\n]+)?\s*(?:#.*)?(?:$|$)/gm
const nearEnough = 3

/** What somebody wrote as a setting of ours and nothing reads, a sentence each, without any value. */
export function findIgnoredSettings(env: Env, dir: string = process.cwd()): string[] {
  return [...findUnknownNames(env), ...findStrayLines(dir)]
}

function findUnknownNames(env: Env): string[] {
  const isUnknown = ([name, value]: [string, string | undefined]) =>
    name.startsWith('CATRACA_') &&
    !settingNames.includes(name) &&
    !otherNames.test(name) &&
    !serviceNames.test(name) &&
    !(name.endsWith('_PORT') && value?.includes('://'))
  return Object.entries(env)
    .filter(isUnknown)
    .map(([name]) => {
      const meant = findNearest(name)
      return `There is no setting ${name}: it is ignored${meant === undefined ? '' : ` (${meant}?)`}`
    })
}

/** By number, for what stands there may be a key. */
function findStrayLines(dir: string): string[] {
  let text: string
  try {
    text = readFileSync(join(dir, '.env.local'), 'utf8')
  } catch {
    return []
  }
  const rest = text.replace(/\r\n?/g, '\n').replace(assignment, (found) => found.replace(/[^\n]/g, ''))
  return rest
    .split('\n')
    .flatMap((line, index) => (/^\s*(?:#|$)/.test(line) ? [] : [`Line ${index + 1} of .env.local is not NAME=value: it is ignored`]))
}

function findNearest(name: string): string | undefined {
  const bare = name.replace('CATRACA_', '')
  if (settingNames.includes(bare)) return bare
  const [nearest] = settingNames.map((known) => ({ known, edits: countEdits(name, known) })).toSorted((a, b) => a.edits - b.edits)
  return nearest && nearest.edits <= nearEnough ? nearest.known : undefined
}

/** Letters to add, drop or change until `a` is `b`. */
function countEdits(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [row, letter] of [...a].entries()) {
    const next = [row + 1]
    for (const [column, other] of [...b].entries()) {
      const changed = (above[column] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(changed, (above[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1))
    }
    above = next
  }
  return above.at(-1) ?? 0
}
