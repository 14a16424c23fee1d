import { relative } from 'node:path'
import { createSetupToken, linkTo } from './accounts/index.ts'
import { formatAmount, type Terminal } from './cli/index.ts'
import type { Config } from './config/index.ts'
import type { Demo } from './demo.ts'
import { findSharedKeys, listProviders, type Store, sharedKeySlots } from './gateway/index.ts'
import { listBudgets } from './ledger/index.ts'
import { providers } from './providers/index.ts'

/** A gateway that answers calls. */
export interface Answering {
  url: string
  store: Store
  demo: Demo | undefined
}

/** What `up` says when the gateway answers: how to call it, where the dashboard is, and where the data lies. */
export async function describeStart(config: Config, gateway: Answering, terminal: Terminal): Promise<string> {
  const { url, store, demo } = gateway
  const seconds = (performance.now() / 1000).toFixed(1)
  const processes = config.workers > 1 ? `, ${config.workers} processes` : ''
  const lines = ['', `${terminal.style('bold', `Catraca is ready on ${url}`)} (${seconds} s${processes})`, '']
  if (!config.isEnabled) lines.push('The gateway is OFF: ENABLE_AI_GATEWAY is not "true", so every call is refused.', '')
  if (demo) lines.push(...(await describeDemo(gateway, demo, terminal)))
  else lines.push(...(await describeKeys(store)))
  lines.push('', ...(await describeDashboard(config, gateway)), '')
  const place = relative(process.cwd(), config.dataDir) || '.'
  lines.push(
    config.databaseUrl === undefined ? `Data: ${place} (PostgreSQL inside)` : `Data: ${describeDatabase(store.url)}; spool in ${place}`,
  )
  lines.push('Stop: Ctrl-C', '')
  return `${lines.join('\n')}\n`
}

async function describeDemo({ url, store }: Answering, { client, key }: Demo, terminal: Terminal): Promise<string[]> {
  const [budget] = await listBudgets(store.owner, [client.id])
  const limit = budget
    ? `${formatAmount(budget.limit, budget.type, terminal.locale)} ${budget.period}, ${budget.isHard ? 'hard' : 'soft'}`
    : 'no budget'
  const text = [
    'DEMO MODE: no provider key is stored, so an emulator on this machine',
    'answers in place of the providers. Nothing is billed.',
  ]
  const width = Math.max(...text.map((line) => line.length))
  const box = [`┌${'─'.repeat(width + 2)}┐`, ...text.map((line) => `│ ${line.padEnd(width)} │`), `└${'─'.repeat(width + 2)}┘`]
  const body = `{"model":"openai/gpt-4o-mini","stream":true,"messages":[{"role":"user","content":"Diga oi"}]}`
  return [
    ...box.map((line) => terminal.style('yellow', line)),
    '',
    `Client key: ${key}`,
    `  of the client "${client.slug}" (${limit})`,
    '',
    'Try it:',
    `  curl -N ${url}/v1/chat/completions -H "Authorization: Bearer ${key}" -H "Content-Type: application/json" -d '${body}'`,
    '  npx catraca usage',
    '',
    'Real keys: npx catraca setup (used within a second, without a restart)',
  ]
}

async function describeKeys({ owner }: Store): Promise<string[]> {
  const ids = (await findSharedKeys(owner))?.ids ?? {}
  const named = sharedKeySlots.filter(({ key }) => ids[key] !== undefined).map(({ provider }) => providers[provider].displayName)
  const own = (await listProviders(owner)).filter(({ isActive }) => isActive).map(({ entry }) => entry.name)
  if (named.length + own.length === 0) return ['No provider key is stored, so every call is refused. Store them: npx catraca setup']
  return [
    ...(named.length > 0 ? [`Keys: ${named.join(', ')}`] : []),
    ...(own.length > 0 ? [`Providers of your own: ${own.join(', ')}`] : []),
    'A client and its key: npx catraca client add --help, npx catraca key create --help',
    'All in order? npx catraca doctor',
  ]
}

/** While nobody can log in, with the link by which the first admin comes: whoever reads this console may. */
async function describeDashboard({ publicUrl }: Config, { url, store }: Answering): Promise<string[]> {
  const address = publicUrl ?? url
  const token = await createSetupToken(store.owner)
  if (token === undefined) return [`Dashboard: ${address}`]
  return [
    `Dashboard: ${address} (no user yet). Make the first one with this link, which works once:`,
    `  ${linkTo(address, 'setup', token)}`,
  ]
}

/** Without its password. */
function describeDatabase(url: string): string {
  const { hostname, port, pathname } = new URL(url)
  return `PostgreSQL at ${hostname}${port === '' ? '' : `:${port}`}${pathname}`
}
