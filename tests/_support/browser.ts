import { createHmac } from 'node:crypto'

export interface BrowserAnswer<Body> {
  status: number
  body: Body
  headers: Headers
}

/** Keeps cookies, says where it comes from, and asks from an address of its own where the gateway believes this machine as a proxy. */
export class Browser {
  readonly url: string
  readonly address: string | undefined
  cookies = new Map<string, string>()

  constructor(url: string, address?: string) {
    this.url = url
    this.address = address
  }

  get cookie(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  /** To another replica, with the same cookies. */
  at(url: string): Browser {
    const other = new Browser(url, this.address)
    other.cookies = new Map(this.cookies)
    return other
  }

  async ask<Body = Record<string, unknown>>(method: string, path: string, body?: object, headers: Record<string, string> = {}) {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        origin: this.url,
        ...(this.cookies.size > 0 && { cookie: this.cookie }),
        ...(this.address !== undefined && { 'x-forwarded-for': this.address }),
        ...(body && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '' || /max-age=0/i.test(line)) this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    const text = await answer.text()
    return { status: answer.status, body: (text === '' ? undefined : JSON.parse(text)) as Body, headers: answer.headers }
  }

  post<Body = Record<string, unknown>>(path: string, body: object = {}, headers?: Record<string, string>): Promise<BrowserAnswer<Body>> {
    return this.ask<Body>('POST', `/api/auth${path}`, body, headers)
  }

  logIn(email: string, password: string) {
    return this.post<{ code?: string; twoFactorRedirect?: boolean }>('/sign-in/email', { email, password })
  }

  /** Null when logged out. */
  async session() {
    return (await this.ask<{ user: Record<string, unknown>; session: { token: string } } | null>('GET', '/api/auth/get-session')).body
  }
}

/** What an authenticator app shows for this otpauth:// address now (RFC 6238). */
export function totpCode(uri: string): string {
  const secret = new URL(uri).searchParams.get('secret') ?? ''
  const bits = [...secret].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)))
  const mac = createHmac('sha1', key).update(counter).digest()
  const offset = (mac.at(-1) ?? 0) & 15
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}
