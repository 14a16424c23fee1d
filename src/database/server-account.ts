import { execFile } from 'node:child_process'
import { lstat, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { refusal } from './refusal.ts'

const run = promisify(execFile)

/** Whom the server runs as, when that is not whoever runs us. */
export interface Account {
  uid: number
  gid: number
}

/** PostgreSQL refuses to run as root: then it runs as the owner of its data, or, before there is any, as an unprivileged user. */
export async function findServerAccount(cluster: string): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const owner = await stat(cluster).catch(() => undefined)
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  return (await lookUp('postgres')) ?? (await lookUp('nobody')) ?? noAccount()
}

async function lookUp(name: string): Promise<Account | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])])
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  } catch {
    return undefined
  }
}

function noAccount(): never {
  throw refusal(
    'PostgreSQL does not run as root, and there is neither a user "postgres" nor "nobody" to run it as: start Catraca as another user, or set DATABASE_URL',
  )
}

/** Can the account read this path, and pass every directory above it? By mode bits, which is what decides on a plain file system. */
export async function isReachable(path: string, account: Account): Promise<boolean> {
  if (!(await allows(path, account, 5))) return false
  for (let directory = dirname(path); ; directory = dirname(directory)) {
    if (!(await allows(directory, account, 1))) return false
    if (directory === dirname(directory)) return true
  }
}

async function allows(path: string, { uid, gid }: Account, bits: number): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined)
  if (found === undefined) return false
  const shift = found.uid === uid ? 6 : found.gid === gid ? 3 : 0
  return ((found.mode >> shift) & bits) === bits
}
