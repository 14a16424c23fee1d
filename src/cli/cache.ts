import { type CacheStats, clearCache, listCacheStats } from '../cache/index.ts'
import { changeClient, getClient } from '../clients/index.ts'
import type { MoneyLocale } from '../shared/money.ts'
import { type AddCommands, type CommandOptions, example, onStore, withJson } from './command.ts'
import { UsageError } from './failure.ts'
import { formatCount, formatTime } from './format.ts'
import { table } from './table.ts'
import { answer } from './terminal.ts'
import { withStore } from './with-store.ts'

const switches = { on: true, off: false, shared: null } as const

export const addCacheCommands: AddCommands = (program, terminal) => {
  const group = program.command('cache').description('answers that are given again to the same request of the same client')
  const clear = group
    .command('clear')
    .description('forget what is cached, on every replica')
    .argument('[client]', 'slug or id')
    .option('--all', 'of all clients')
  example(withJson(onStore(clear)), 'npx catraca cache clear luisboff', 'npx catraca cache clear --all').action(
    (which: string | undefined, options: CommandOptions & { all?: boolean }) =>
      withStore(terminal, options, async ({ owner }) => {
        if ((which === undefined) === (options.all !== true)) throw new UsageError('Name a client, or --all.')
        const client = which === undefined ? undefined : await getClient(owner, which)
        const cleared = await clearCache(owner, client?.id)
        const whose = client?.slug ?? 'all clients'
        answer(terminal, options, { client: client?.slug ?? null, ...cleared }, () => {
          return `Forgot ${formatCount(cleared.answers, terminal.locale)} answers of ${whose}.`
        })
      }),
  )
  const stats = withJson(onStore(group.command('stats'))).description('what is kept in the database, by client')
  example(stats, 'npx catraca cache stats').action((options: CommandOptions) =>
    withStore(terminal, options, async ({ owner }) => {
      const found = await listCacheStats(owner)
      answer(terminal, options, found.map(toJson), () => describe(found, terminal.locale))
    }),
  )
  for (const word of Object.keys(switches) as (keyof typeof switches)[]) {
    const command = group.command(word).argument('<client>', 'slug or id').description(describeSwitch[word])
    example(withJson(onStore(command)), `npx catraca cache ${word} luisboff`).action((which: string, options: CommandOptions) =>
      withStore(terminal, options, async ({ owner }) => {
        const client = await changeClient(owner, which, { cache_enabled: switches[word] })
        answer(terminal, options, { client: client.slug, cache_enabled: client.usesCache ?? null }, () => {
          return `The cache of ${client.slug} is ${word === 'shared' ? 'as shared_gateway_config says' : word}.`
        })
      }),
    )
  }
}

const describeSwitch: Record<keyof typeof switches, string> = {
  on: 'answer the client from the cache, whatever the shared setting',
  off: 'never answer the client from the cache',
  shared: 'take the shared setting (cache_enabled in shared_gateway_config) again',
}

function describe(stats: readonly CacheStats[], locale: MoneyLocale): string {
  if (stats.length === 0) return 'Nothing is cached.'
  const columns = [
    { title: 'CLIENT' },
    { title: 'CACHE' },
    { title: 'ANSWERS', align: 'right' as const },
    { title: 'BYTES', align: 'right' as const },
    { title: 'OLDEST (UTC)' },
  ]
  return table(
    columns,
    stats.map(({ client, isEnabled, answers, bytes, oldest }) => [
      client,
      isEnabled === undefined ? 'shared' : isEnabled ? 'on' : 'off',
      formatCount(answers, locale),
      formatCount(bytes, locale),
      oldest ? formatTime(oldest, 'UTC', locale) : '-',
    ]),
    (line) => line,
  )
}

function toJson({ client, isEnabled, answers, bytes, oldest }: CacheStats) {
  return { client, cache_enabled: isEnabled ?? null, answers, bytes, oldest: oldest ?? null }
}
