import { isUtf8 } from 'node:buffer'
import { isRecord } from '../shared/is-record.ts'
import { refuse } from './refuse.ts'
import { scanObject } from './scan-object.ts'

const maxDepth = 200
/** No dialect has a hundred. A million of them would keep all other calls waiting for seconds while they are sorted out. */
const mostFields = 1_000
/** In all, at any depth: 33,000 short messages, more than any model reads. A million of them take the parser seconds. */
const mostParts = 100_000
const longestModelName = 256
/** Above any model's window, and small enough that a sum of several stays exact. */
export const maxOutputTokensAllowed = 100_000_000

/** The body of a call, whatever its dialect: a JSON object of bounded depth that has not too many fields and gives none of them twice. */
export function parseObject(raw: Buffer): Record<string, unknown> {
  const scan = scanObject(raw.toString('latin1'), maxDepth, mostParts)
  if (scan.tooDeep) throw refuse(null, `The body nests deeper than ${maxDepth} levels`)
  if (scan.tooMany) throw refuse(null, `The body has more than ${mostParts} fields, objects and lists in all`)
  if (scan.members.length > mostFields) throw refuse(null, `The body has more than ${mostFields} fields`)
  if (!isUtf8(raw)) throw refuse(null, 'The body is not valid UTF-8; one that is compressed is not opened')
  let body: unknown
  try {
    body = JSON.parse(raw.toString('utf8'))
  } catch {
    // The parser's own words quote the body, which may be a prompt.
    throw refuse(null, 'The body is not valid JSON')
  }
  if (!isRecord(body)) throw refuse(null, 'The body must be a JSON object')
  // Which of two a provider obeys is unknown: one could be priced and the other served.
  const keys = new Set<string>()
  for (const { key } of scan.members) {
    if (keys.has(key)) throw refuse(key, `The field ${JSON.stringify(key)} is given twice`)
    keys.add(key)
  }
  return body
}

export function modelName(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string' || value === '' || value.length > longestModelName)
    throw refuse('model', 'model must be the name of a model')
  return value
}

export function optionalBoolean(value: unknown, param: string): boolean | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'boolean') throw refuse(param, `${param} must be true or false`)
  return value
}

export function optionalInteger(value: unknown, param: string, max: number): number | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > max) {
    throw refuse(param, `${param} must be a whole number from 1 to ${max}`)
  }
  return value
}

/** The registry has each model's standard prices: another tier would be served at one price and held and booked at the other. */
const standardTiers: readonly unknown[] = [undefined, null, 'auto', 'default', 'on_demand', 'standard_only']

export function refuseOtherTier(tier: unknown): void {
  if (standardTiers.includes(tier)) return
  throw refuse(
    'service_tier',
    `service_tier ${JSON.stringify(tier)} has another price than the registered one: send "default", or leave it out`,
  )
}
