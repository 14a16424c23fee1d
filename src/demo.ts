import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tellDemoEmulator } from './cli/index.ts'
import { type Client, createClient, createKey, findClient, isUsableKey } from './clients/index.ts'
import type { Emulator } from './emulator/index.ts'
import { type DemoProviders, lacksProviders, type Store } from './gateway/index.ts'
import { setBudget } from './ledger/index.ts'
import { creatorNames, type ProviderName } from './providers/index.ts'
import { Secret } from './shared/secret.ts'

const slug = 'demo'
/** Enough for thousands of small calls, and little enough that one sees it move. */
const dailyBudgetBrl = '5'

export interface Demo {
  client: Client
  key: string
  providers: DemoProviders
  /** For commands in other processes. Once the gateway listens: one that cannot must not take the place of another's demo. */
  tell(): Promise<void>
  stop(): Promise<void>
}

/** The emulator in place of the providers, and a client to try it with; undefined where there are providers. */
export async function startDemo(store: Store, dataDir: string): Promise<Demo | undefined> {
  if (!(await lacksProviders(store.owner))) return undefined
  const client = await keepClient(store)
  const key = await keepKey(store, client, join(dataDir, 'demo-key'))
  const { startEmulator } = await import('./emulator/index.ts')
  const emulator = await startEmulator()
  const providers = toProviders(emulator)
  const adminKey = `demo-admin-${randomBytes(16).toString('hex')}`
  emulator.acceptAdmin(adminKey)
  const notes = { since: new Date().toISOString(), adminKey, baseUrls: providers.baseUrls }
  let forget: (() => Promise<void>) | undefined
  const tell = async () => {
    forget = await tellDemoEmulator(dataDir, notes)
  }
  const stop = async () => {
    await forget?.()
    await emulator.close()
  }
  return { client, key, providers, tell, stop }
}

/** What an operator has changed about it stays. */
async function keepClient({ owner }: Store): Promise<Client> {
  const known = await findClient(owner, slug)
  if (known) return known
  return await owner.transaction(async (tx) => {
    const client = await createClient(tx, { slug, name: 'Demo', usesGateway: true })
    await setBudget(tx, { clientId: client.id, type: 'brl', period: 'daily', limit: dailyBudgetBrl, isHard: true })
    return client
  })
}

/** Kept so that it can be printed at every start. A new one, where that was revoked or belongs to another database. */
async function keepKey({ owner }: Store, client: Client, file: string): Promise<string> {
  const kept = (await readFile(file, 'utf8').catch(() => '')).trim()
  if (await isUsableKey(owner, kept, client.id)) return kept
  const { key } = await createKey(owner, { clientId: client.id, name: 'demo' })
  await mkdir(join(file, '..'), { recursive: true })
  const temporary = `${file}.new-${process.pid}`
  await writeFile(temporary, `${key}\n`, { mode: 0o600 })
  await chmod(temporary, 0o600)
  await rename(temporary, file)
  return key
}

/** Random keys that live in this process only: nothing of the demo enters the vault. (Its admin key is in a file of the data directory.) */
function toProviders(emulator: Emulator): DemoProviders {
  const newKey = (provider: ProviderName): Secret => {
    const key = `demo-${provider}-${randomBytes(16).toString('hex')}`
    emulator.accept(key)
    return new Secret(key)
  }
  const { exchangeRate: _, ...baseUrls } = emulator.baseUrls
  return {
    gatewayApiKey: newKey('vercel'),
    providerKeys: Object.fromEntries(creatorNames.map((name) => [name, newKey(name)])) as DemoProviders['providerKeys'],
    baseUrls,
  }
}
