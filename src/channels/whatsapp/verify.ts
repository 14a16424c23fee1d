import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** Is this the signature (`X-Hub-Signature-256`) of exactly these bytes by the app's secret? SHA-1 counts as none. */
export function isSigned(body: Buffer, signature: string | undefined, appSecret: string): boolean {
  const [, hex] = /^sha256=([\da-f]{64})$/i.exec(signature ?? '') ?? []
  // An empty key would make a signature that anybody can make.
  if (hex === undefined || appSecret === '') return false
  return timingSafeEqual(createHmac('sha256', appSecret).update(body).digest(), Buffer.from(hex, 'hex'))
}

/** Compares in a time that says nothing of where they differ, nor of how long either is. */
export function isSameText(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected)) && expected !== ''
}
