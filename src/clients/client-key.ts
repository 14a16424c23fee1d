import { hash, randomBytes } from 'node:crypto'

const keyPrefix = 'ctk_'
const shownCharacters = 12

export interface ClientKey {
  id: string
  clientId: string
  /** Model identifiers; undefined allows every model. */
  allowedModels: string[] | undefined
  requestsPerMinute: number | undefined
  tokensPerMinute: number | undefined
  maxConcurrentCalls: number | undefined
  expiresAtMs: number | undefined
  isRevoked: boolean
}

/** A new key, shown once: 256 random bits. What is stored is its hash, and the prefix by which people tell keys apart. */
export function generateClientKey(): { key: string; hash: Buffer; prefix: string } {
  const key = `${keyPrefix}${randomBytes(32).toString('base64url')}`
  return { key, hash: hashClientKey(key), prefix: key.slice(0, shownCharacters) }
}

/** SHA-256 is enough for 256 random bits: there is nothing to guess, so nothing to slow down. */
export function hashClientKey(key: string): Buffer {
  return hash('sha256', key, 'buffer')
}

/** Could this be a client key at all? Anything else is refused without asking the database. */
export function looksLikeClientKey(key: string): boolean {
  return /^ctk_[A-Za-z0-9_-]{43}$/.test(key)
}
