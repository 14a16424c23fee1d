import { hkdfSync, randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { ConfigurationError } from '../shared/errors.ts'

const bytesOfKey = 32
const printed = '[secret]'

/** The one key that everything in the vault depends on. It is only ever an input to HKDF, and prints as `[secret]`. */
export class MasterKey {
  readonly #bytes: Buffer
  /** Says which master key sealed a value, and gives nothing of it away. A UUID, because it stands in `vault.secrets.key_id`. */
  readonly id: string

  constructor(bytes: Buffer) {
    this.#bytes = bytes
    const id = this.derive('catraca vault key id', 16).toString('hex')
    this.id = id.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
  }

  /** `purpose` separates the keys that are made from this one; `salt` makes each use of a purpose its own key. */
  derive(purpose: string, length: number, salt: Buffer = Buffer.alloc(0)): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#bytes, salt, purpose, length))
  }

  toString(): string {
    return printed
  }

  toJSON(): string {
    return printed
  }

  [inspect.custom](): string {
    return printed
  }
}

/** `place` is how the operator knows where the text came from; the text itself is never part of a message. */
export function parseMasterKey(text: string, place = 'CATRACA_MASTER_KEY'): MasterKey {
  const trimmed = text.trim()
  const bytes = Buffer.from(trimmed, 'base64')
  if (bytes.length !== bytesOfKey || !/^[A-Za-z0-9+/]{43}=?$/.test(trimmed)) {
    throw new ConfigurationError('config_invalid', `${place} must be 32 bytes in base64, as "openssl rand -base64 32" prints them`)
  }
  return new MasterKey(bytes)
}

/** A new master key as text, for `CATRACA_MASTER_KEY` or a key file. */
export function generateMasterKey(): string {
  return randomBytes(bytesOfKey).toString('base64')
}
