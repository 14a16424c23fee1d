import { createHash } from 'node:crypto'
import { isIPv6 } from 'node:net'
import { orUnavailable, type Queryable } from '../database/index.ts'
import { RateLimitedError } from '../shared/errors.ts'
import { forgetTriesOf } from './sql/forget-tries.ts'
import { giveBackTryOf } from './sql/give-back-try.ts'
import { takeTryOf } from './sql/take-try.ts'

const mostTries = 10
const windowSeconds = 15 * 60

/** One try to get in, counted over all replicas: of an address and, where it is known, of the account. */
export interface Try {
  /** It was none: right, or not looked at. */
  giveBack(): Promise<void>
  /** It was right and all that was asked for: what went wrong before on the account is forgotten, on the address it is not. */
  succeed(): Promise<void>
}

/** Throws RateLimitedError with the time to wait where the address or the account has had ten tries in 15 minutes. */
export async function takeTry(db: Queryable, address: string, account: string | undefined): Promise<Try> {
  const addressKey = `address:${network(address)}`
  const accountKey = account === undefined ? undefined : accountKeyOf(account)
  const keys = accountKey === undefined ? [addressKey] : [addressKey, accountKey]
  const seconds = Math.ceil(await orUnavailable(() => takeTryOf(db, keys, mostTries, windowSeconds)))
  if (seconds > 0) {
    const minutes = Math.ceil(seconds / 60)
    const wait = minutes === 1 ? 'a minute' : `${minutes} minutes`
    throw new RateLimitedError('rate_limited', `Too many tries. Wait ${wait}, then try again.`, {
      retryAfterMs: seconds * 1000,
      details: { retry_after_seconds: seconds },
    })
  }
  return {
    giveBack: () => giveBackTryOf(db, keys),
    async succeed() {
      await giveBackTryOf(db, [addressKey])
      if (accountKey !== undefined) await forgetTriesOf(db, [accountKey])
    },
  }
}

/** For who gets a new password from the operator. */
export async function forgetTries(db: Queryable, accounts: readonly string[]): Promise<void> {
  await forgetTriesOf(db, accounts.map(accountKeyOf))
}

/** Hashed, because people type passwords where the e-mail belongs. */
function accountKeyOf(account: string): string {
  return `account:${createHash('sha256').update(account.toLowerCase()).digest('base64url')}`
}

/** Who has one IPv6 address has 2^64 of them: the network is what is counted. */
function network(address: string): string {
  const mapped = /^::ffff:(\d+(?:\.\d+){3})$/i.exec(address)?.[1]
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? []
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups = [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right]
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}
