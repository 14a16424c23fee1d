import { createHash, randomBytes } from 'node:crypto'

/** What a link opens with, and what is kept of it. */
export function generateLinkToken(): { token: string; hash: Buffer } {
  const token = randomBytes(32).toString('base64url')
  return { token, hash: hashLinkToken(token) }
}

export function hashLinkToken(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

export type LinkPage = 'setup' | 'invitation' | 'reset-password'

/**
 * The token stands behind the `#`, which browsers send to nobody: it is in no server's log and no `Referer`.
 *
 * @example
 * linkTo('http://127.0.0.1:3000', 'setup', token) // http://127.0.0.1:3000/setup#token=…
 */
export function linkTo(baseUrl: string, page: LinkPage, token: string): string {
  return `${baseUrl}/${page}#token=${token}`
}
