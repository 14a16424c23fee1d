import { randomUUID } from 'node:crypto'
import { chmod, link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from '../shared/error-code.ts'
import { ConfigurationError } from '../shared/errors.ts'
import { openSecret, type Secret } from '../shared/secret.ts'
import { generateMasterKey, type MasterKey, parseMasterKey } from './master-key.ts'

/** Where the gateway gets its master key from, asked again whenever a value turns up that the known key did not seal. */
export interface MasterKeySource {
  /** How an operator calls this place, for messages. */
  readonly place: string
  /** At least one, but of `presentMasterKey`. A second one is there while a rotation is between its database and its file. */
  load(): Promise<MasterKey[]>
}

/** `CATRACA_MASTER_KEY`: 32 bytes in base64. Refuses anything else at once. */
export function masterKeyFromText(base64: string): MasterKeySource {
  const key = parseMasterKey(base64)
  return { place: 'CATRACA_MASTER_KEY', load: async () => [key] }
}

/** The configured key, else the one in the data directory, which `inDataDir` finds. */
export function configuredMasterKey(
  { masterKey, dataDir }: { masterKey: Secret | undefined; dataDir: string },
  inDataDir: (dataDir: string) => MasterKeySource = masterKeyInFile,
): MasterKeySource {
  return masterKey === undefined ? inDataDir(dataDir) : openSecret(masterKey, masterKeyFromText)
}

/** `<dataDir>/master-key`, mode 0600, made when it is first asked for. */
export function masterKeyInFile(dataDir: string): MasterKeySource {
  return inFile(dataDir, () => createKey(dataDir))
}

/** The same file, which is not made: no key where it is not there. For looking whether the right one is. */
export function presentMasterKey(dataDir: string): MasterKeySource {
  return inFile(dataDir, async () => undefined)
}

function inFile(dataDir: string, otherwise: () => Promise<MasterKey | undefined>): MasterKeySource {
  const file = masterKeyFile(dataDir)
  return {
    place: file,
    async load() {
      const current = (await readKey(file)) ?? (await otherwise())
      if (current === undefined) return []
      const next = await readKey(nextMasterKeyFile(dataDir))
      return next === undefined ? [current] : [current, next]
    },
  }
}

/** The key that is to replace the one in the file. Written before the database changes, so that a crash in between loses nothing. */
export async function writeNextMasterKey(dataDir: string): Promise<MasterKey> {
  const text = generateMasterKey()
  const file = nextMasterKeyFile(dataDir)
  await rm(file, { force: true })
  await writeFile(file, `${text}\n`, { mode: 0o600, flag: 'wx', flush: true })
  return parseMasterKey(text, file)
}

/** Makes the next key the key: one rename, so there is no moment without either. */
export async function promoteNextMasterKey(dataDir: string): Promise<void> {
  await rename(nextMasterKeyFile(dataDir), masterKeyFile(dataDir))
}

const masterKeyFile = (dataDir: string) => join(dataDir, 'master-key')
const nextMasterKeyFile = (dataDir: string) => join(dataDir, 'master-key.next')

async function readKey(file: string): Promise<MasterKey | undefined> {
  try {
    const key = parseMasterKey(await readFile(file, 'utf8'), file)
    // A copy or a restored backup may have opened it to others. Where we may not change that, the owner of the file decided it.
    await chmod(file, 0o600).catch(() => {})
    return key
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    if (error instanceof ConfigurationError) throw error
    throw new ConfigurationError('config_invalid', `The master key in ${file} cannot be read`, { cause: error })
  }
}

/** Linked into place whole: of two processes that start at once both use the same key, and neither reads half of one. */
async function createKey(dataDir: string): Promise<MasterKey> {
  const file = masterKeyFile(dataDir)
  const temporary = `${file}.new-${randomUUID()}`
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  try {
    await writeFile(temporary, `${generateMasterKey()}\n`, { mode: 0o600, flag: 'wx', flush: true })
    await link(temporary, file).catch((error: unknown) => {
      if (errorCode(error) !== 'EEXIST') throw error
    })
  } finally {
    await rm(temporary, { force: true })
  }
  return parseMasterKey(await readFile(file, 'utf8'), file)
}
