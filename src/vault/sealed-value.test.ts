import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createEmptyDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import { publicKeyOf } from './key-pair.ts'
import { generateMasterKey, parseMasterKey } from './master-key.ts'
import { open, parseSealed, type SealedValue, seal } from './sealed-value.ts'

const masterKey = parseMasterKey(generateMasterKey())
const otherKey = parseMasterKey(generateMasterKey())
const id = '123e4567-e89b-12d3-a456-426614174000'
const otherId = '123e4567-e89b-12d3-a456-426614174001'

function parsed(text: string): SealedValue {
  const sealed = parseSealed(text)
  if (sealed === undefined) throw new Error('not a sealed value')
  return sealed
}

function withFlippedBit(sealed: SealedValue, at: number): SealedValue {
  const payload = Buffer.from(sealed.payload)
  payload.writeUInt8((payload[at] ?? 0) ^ (1 << (at % 8)), at)
  return { ...sealed, payload }
}

describe('an envelope', () => {
  it.each(['sk-test-1', 'ção 🔑 \n "quoted"', 'x'.repeat(100_000)])('opens to what was sealed', async (value) => {
    const sealed = parsed(seal(masterKey, id, value))
    expect(sealed).toMatchObject({ form: 'envelope', keyId: masterKey.id })
    expect(await open(masterKey, id, sealed)).toBe(value)
  })

  it('is different each time', () => {
    expect(seal(masterKey, id, 'sk-test')).not.toBe(seal(masterKey, id, 'sk-test'))
  })

  it('does not open on another row, with another key, or under another key id', async () => {
    const sealed = parsed(seal(masterKey, id, 'sk-test'))
    await expect(open(masterKey, otherId, sealed)).rejects.toThrow()
    await expect(open(otherKey, id, sealed)).rejects.toThrow(`sealed with master key ${masterKey.id}`)
    await expect(open(otherKey, id, { ...sealed, keyId: otherKey.id })).rejects.toThrow()
  })

  it('does not open changed or cut', async () => {
    const sealed = parsed(seal(masterKey, id, 'sk-test'))
    for (let at = 0; at < sealed.payload.length; at++) {
      await expect(open(masterKey, id, withFlippedBit(sealed, at)), `byte ${at}`).rejects.toThrow()
    }
    for (let length = 0; length < sealed.payload.length; length++) {
      await expect(open(masterKey, id, { ...sealed, payload: sealed.payload.subarray(0, length) }), `${length} bytes`).rejects.toThrow()
    }
  })
})

describe('what pgcrypto seals with the public key', () => {
  let empty: TestDatabase
  beforeAll(async () => {
    empty = await createEmptyDatabase()
    await empty.database.query('create extension pgcrypto')
  })
  afterAll(() => empty.drop())

  async function sealedByPgcrypto(text: string): Promise<SealedValue> {
    const [row] = await empty.database.query<{ message: Buffer }>(
      `select pgp_pub_encrypt_bytea(convert_to($1, 'UTF8'), $2, 'cipher-algo=aes256, compress-algo=0') as message`,
      [text, publicKeyOf(masterKey)],
    )
    if (row === undefined) throw new Error('no row')
    return { form: 'pgp', keyId: masterKey.id, payload: row.message }
  }

  it('is opened here, whatever its length', async () => {
    for (const value of ['a', 'ção 🔑 \r\n', 'k'.repeat(191), 'x'.repeat(5_000), 'é'.repeat(100_000)]) {
      expect(await open(masterKey, id, await sealedByPgcrypto(`${id}:${value}`))).toBe(value)
    }
  })

  it('opens every time: no padding or leading zero is an exception', async () => {
    for (let round = 0; round < 50; round++) {
      expect(await open(masterKey, id, await sealedByPgcrypto(`${id}:sk-test-${round}`))).toBe(`sk-test-${round}`)
    }
  })

  it('does not open with another master key or on another row', async () => {
    const sealed = await sealedByPgcrypto(`${id}:sk-test`)
    await expect(open(otherKey, id, { ...sealed, keyId: otherKey.id })).rejects.toThrow()
    await expect(open(masterKey, otherId, sealed)).rejects.toThrow('It was sealed for another row')
  })

  it('does not open changed or cut', async () => {
    const sealed = await sealedByPgcrypto(`${id}:sk-test`)
    // The session key's packet is not authenticated (its key id means nothing to us): damage there opens the same value or none.
    const bodyStart = 787
    for (let at = 0; at < bodyStart; at += 5) {
      const opened = await open(masterKey, id, withFlippedBit(sealed, at)).catch(() => undefined)
      expect([undefined, 'sk-test'], `byte ${at}`).toContain(opened)
    }
    for (let at = bodyStart; at < sealed.payload.length; at++) {
      await expect(open(masterKey, id, withFlippedBit(sealed, at)), `byte ${at}`).rejects.toThrow()
    }
    for (const length of [0, 1, 14, 200, 500, sealed.payload.length - 1]) {
      await expect(open(masterKey, id, { ...sealed, payload: sealed.payload.subarray(0, length) }), `${length} bytes`).rejects.toThrow()
    }
  })
})

it('takes only its own two forms for sealed', () => {
  expect(parseSealed('sk-test')).toBeUndefined()
  expect(parseSealed('')).toBeUndefined()
  expect(parseSealed(`catraca-other-1:${masterKey.id}:AAAA`)).toBeUndefined()
})
