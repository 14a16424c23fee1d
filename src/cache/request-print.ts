import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'

const nonceBytes = 12
const tagBytes = 16

/** What a request under a key is known by, and what its answer is sealed with. Nothing of the key or the request can be read off it. */
export interface RequestPrint {
  keyHash: Buffer
  requestHash: Buffer
  sealingKey: Buffer
}

/**
 * Hash and sealing key are derived from the caller's key and the request together: who has the table alone can neither open an answer nor
 * find out whether a certain prompt was sent.
 */
export function printRequest(clientId: string, key: string, request: readonly (string | Buffer)[]): RequestPrint {
  const digest = createHash('sha256')
  // A length before each part, so that no two requests run together to the same bytes.
  for (const part of request) digest.update(`${Buffer.byteLength(part)}:`).update(part)
  const secret = Buffer.concat([digest.digest(), Buffer.from(key)])
  const derived = Buffer.from(hkdfSync('sha256', secret, clientId, 'catraca idempotency', 64))
  return {
    keyHash: createHash('sha256').update(key).digest(),
    requestHash: derived.subarray(0, 32),
    sealingKey: derived.subarray(32),
  }
}

/** Nonce, AES-256-GCM ciphertext and tag in one, bound to `label`: the call that the answer is of. */
export function sealBody({ sealingKey }: Pick<RequestPrint, 'sealingKey'>, label: string, body: Buffer): Buffer {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', sealingKey, nonce).setAAD(Buffer.from(label))
  return Buffer.concat([nonce, cipher.update(body), cipher.final(), cipher.getAuthTag()])
}

/** Throws unless every bit is as it was sealed. */
export function openBody({ sealingKey }: Pick<RequestPrint, 'sealingKey'>, label: string, sealed: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', sealingKey, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes })
  decipher.setAAD(Buffer.from(label)).setAuthTag(sealed.subarray(-tagBytes))
  return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, -tagBytes)), decipher.final()])
}
