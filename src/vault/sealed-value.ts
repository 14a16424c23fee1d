import { openEnvelope, sealEnvelope } from './envelope.ts'
import type { MasterKey } from './master-key.ts'
import { openPgp } from './open-pgp.ts'

/** How a value is stored: by this code, by the database with the public key, or (Supabase only) as a person typed it. */
export type SealedForm = 'envelope' | 'pgp' | 'plain'

export interface SealedValue {
  form: 'envelope' | 'pgp'
  /** The master key that opens it. */
  keyId: string
  payload: Buffer
}

/** Reads `catraca-<form>-1:<key id>:<base64>`; undefined for a text that nobody of ours sealed. */
export function parseSealed(stored: string): SealedValue | undefined {
  const [, form, keyId, payload] = /^catraca-(envelope|pgp)-1:([0-9a-f-]{36}):([A-Za-z0-9+/=]+)$/.exec(stored) ?? []
  if (form === undefined || keyId === undefined || payload === undefined) return undefined
  return { form: form === 'pgp' ? 'pgp' : 'envelope', keyId, payload: Buffer.from(payload, 'base64') }
}

/** The text to store. It opens only as the value of `secretId`. */
export function seal(masterKey: MasterKey, secretId: string, value: string): string {
  return `catraca-envelope-1:${masterKey.id}:${sealEnvelope(masterKey, secretId, value).toString('base64')}`
}

/** Throws when the value was changed, moved from another id, or sealed with another key. */
export async function open(masterKey: MasterKey, secretId: string, sealed: SealedValue): Promise<string> {
  if (sealed.keyId !== masterKey.id) throw new Error(`It is sealed with master key ${sealed.keyId}, and this one is ${masterKey.id}`)
  return sealed.form === 'envelope' ? openEnvelope(masterKey, secretId, sealed.payload) : await openPgp(masterKey, secretId, sealed.payload)
}
