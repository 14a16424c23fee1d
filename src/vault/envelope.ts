import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { MasterKey } from './master-key.ts'

const saltBytes = 32
const nonceBytes = 12
const tagBytes = 16

/**
 * Salt, nonce, AES-256-GCM ciphertext and tag in one. A fresh salt gives every sealing a key of its own, so no nonce can repeat under
 * a key; the id and the version are authenticated, so the bytes mean nothing on another row.
 */
export function sealEnvelope(masterKey: MasterKey, secretId: string, value: string): Buffer {
  const salt = randomBytes(saltBytes)
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', envelopeKey(masterKey, secretId, salt), nonce).setAAD(boundTo(masterKey, secretId))
  return Buffer.concat([salt, nonce, cipher.update(value, 'utf8'), cipher.final(), cipher.getAuthTag()])
}

/** Throws unless every bit is as it was sealed, with this key and for this id. */
export function openEnvelope(masterKey: MasterKey, secretId: string, envelope: Buffer): string {
  if (envelope.length < saltBytes + nonceBytes + tagBytes) throw new Error('The envelope is cut short')
  const salt = envelope.subarray(0, saltBytes)
  const nonce = envelope.subarray(saltBytes, saltBytes + nonceBytes)
  const ciphertext = envelope.subarray(saltBytes + nonceBytes, -tagBytes)
  const decipher = createDecipheriv('aes-256-gcm', envelopeKey(masterKey, secretId, salt), nonce, { authTagLength: tagBytes })
  decipher.setAAD(boundTo(masterKey, secretId)).setAuthTag(envelope.subarray(-tagBytes))
  return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8')
}

const envelopeKey = (masterKey: MasterKey, secretId: string, salt: Buffer) =>
  masterKey.derive(`catraca vault envelope ${secretId}`, 32, salt)

const boundTo = (masterKey: MasterKey, secretId: string) => Buffer.from(`catraca-envelope-1:${masterKey.id}:${secretId}`)
