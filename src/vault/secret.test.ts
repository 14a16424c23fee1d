import { format, inspect } from 'node:util'
import { expect, it } from 'vitest'
import { openSecret, Secret } from '../shared/secret.ts'
import { generateMasterKey, parseMasterKey } from './master-key.ts'

const value = 'sk-test-prints-nowhere'

it('prints as [secret] in every way that a log, an error or a body could print it', () => {
  const secret = new Secret(value)
  const printed = [
    `${secret}`,
    JSON.stringify({ secret }),
    inspect(secret),
    inspect({ deep: [{ secret }] }, { showHidden: true, depth: null }),
    format('%s %o %O %j', secret, secret, secret, { secret }),
    new Error(`failed with ${secret}`, { cause: secret }).stack,
    JSON.stringify(Object.entries(secret)),
    JSON.stringify(structuredClone(secret)),
  ]
  expect(printed.join('\n')).not.toContain(value)
  expect(`${secret}`).toBe('[secret]')
  expect(JSON.stringify({ secret })).toBe('{"secret":"[secret]"}')
})

it('opens only by openSecret', () => {
  expect(openSecret(new Secret(value), (plain) => plain.length)).toBe(value.length)
})

it('prints a master key as [secret] too', () => {
  const text = generateMasterKey()
  const key = parseMasterKey(text)
  const bytes = Buffer.from(text, 'base64').toString('hex')
  const printed = [`${key}`, inspect(key, { showHidden: true }), JSON.stringify({ key })].join('\n')
  expect(printed).toContain('[secret]')
  expect(printed).not.toContain(text)
  expect(printed).not.toContain(bytes)
})
