import { type Command, InvalidArgumentError } from 'commander'
import { type CacheStats, clearCache, listCacheStats, prepareSemanticCache } from '../cache/index.ts'
import { type Client, changeClient, clearSemanticCache, getClient, setSemanticCache } from '../clients/index.ts'
import type { Queryable } from '../database/index.ts'
import { loadRegistry } from '../pricing/index.ts'
import { type AddCommands, type CommandOptions, example, onStore, withJson } from './command.ts'
import { UsageError } from './failure.ts'
import { formatCount, formatTime } from './format.ts'
import { namedClient } from './named-client.ts'
import { right, table } from './table.ts'
import { answer, type Terminal } from './terminal.ts'
import { withStore } from './with-store.ts'

const switches = { on: true, off: false, shared: null } as const

export const addCacheCommands: AddCommands = (program, terminal) => {
  const group = program
    .command('cache')
    .description('the response cache: the same request of the same client is answered again without a provider')
  const clear = group
    .command('clear')
    .description('forget what is cached, on every replica')
    .argument('[client]', 'slug or id')
    .option('--all', 'of all clients')
  example(withJson(onStore(clear)), 'npx catraca cache clear luisboff', 'npx catraca cache clear --all').action(
    (which: string | undefined, options: CommandOptions & { all?: boolean }) =>
      withStore(terminal, options, async ({ owner }) => {
        if ((which === undefined) === (options.all !== true)) throw new UsageError('Name a client, or --all.')
        const client = await namedClient(owner, which)
        const cleared = await clearCache(owner, client?.id)
        const whose = client?.slug ?? 'all clients'
        answer(terminal, options, { client: client?.slug ?? null, ...cleared }, () => {
          return `Forgot ${formatCount(cleared.answers, terminal.locale)} ${cleared.answers === 1 ? 'answer' : 'answers'} of ${whose}.`
        })
      }),
  )
  const stats = withJson(onStore(group.command('stats'))).description('what is kept in the database, by client')
  example(stats, 'npx catraca cache stats').action((options: CommandOptions) =>
    withStore(terminal, options, async ({ owner }) => {
      const found = await listCacheStats(owner)
      answer(terminal, options, found.map(toJson), () => describe(found, terminal))
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
  addSemantic(group, terminal)
}

interface SemanticOptions extends CommandOptions {
  similarity: number
  model: string
}

function addSemantic(group: Command, terminal: Terminal): void {
  const semantic = group.command('semantic').description('also give an answer to a request whose last message means nearly the same')
  const on = semantic
    .command('on')
    .description('for this client; each request that is not cached then pays for an embedding')
    .argument('<client>', 'slug or id')
    .option('--similarity <0.5-1>', 'cosine similarity from which on two messages mean the same', parseSimilarity, 0.95)
    .option('--model <model>', 'the embeddings model', 'openai/text-embedding-3-small')
  example(
    withJson(onStore(on)),
    'npx catraca cache semantic on luisboff',
    'npx catraca cache semantic on luisboff --similarity 0.9 --model openai/text-embedding-3-large',
  ).action((which: string, options: SemanticOptions) =>
    withStore(terminal, options, async ({ owner }) => {
      const { slug } = await getClient(owner, which)
      const model = await identifyEmbeddings(owner, options.model)
      await prepareSemanticCache(owner)
      tellSemantic(terminal, options, await setSemanticCache(owner, slug, { model, similarity: options.similarity }))
    }),
  )
  const off = semantic.command('off').argument('<client>', 'slug or id').description('only give an answer to exactly the same request')
  example(withJson(onStore(off)), 'npx catraca cache semantic off luisboff').action((which: string, options: CommandOptions) =>
    withStore(terminal, options, async ({ owner }) => tellSemantic(terminal, options, await clearSemanticCache(owner, which))),
  )
}

function tellSemantic(terminal: Terminal, options: CommandOptions, { slug, usesCache, semanticCache }: Client): void {
  const json = { client: slug, semantic: semanticCache !== undefined, model: semanticCache?.model, similarity: semanticCache?.similarity }
  answer(terminal, options, json, () => {
    if (!semanticCache) return `${slug} is answered from the cache by exactly the same request only.`
    const { model, similarity } = semanticCache
    const condition = usesCache === false ? ` once its cache is on: catraca cache on ${slug}` : ''
    return `${slug} is also answered by what its last message means, from a similarity of ${similarity} by ${model} on${condition}.`
  })
}

function parseSimilarity(text: string): number {
  const similarity = Number(text)
  if (text.trim() === '' || !(similarity >= 0.5 && similarity <= 1))
    throw new InvalidArgumentError('It must be a number from 0.5 to 1, as 0.95.')
  return similarity
}

async function identifyEmbeddings(db: Queryable, name: string): Promise<string> {
  return (await loadRegistry(db)).get(name, 'embeddings').gatewayIdentifier
}

const describeSwitch: Record<keyof typeof switches, string> = {
  on: 'answer the client from the cache, whatever the shared setting',
  off: 'never answer the client from the cache',
  shared: 'take the shared setting (cache_enabled in shared_gateway_config) again',
}

function describe(stats: readonly CacheStats[], terminal: Terminal): string {
  if (stats.length === 0) return 'Nothing is cached.'
  const { locale } = terminal
  const columns = ['CLIENT', 'CACHE', 'SEMANTIC', right('ANSWERS'), right('BYTES'), 'OLDEST (UTC)']
  return table(
    columns,
    stats.map(({ client, isEnabled, semantic, answers, bytes, oldest }) => [
      client,
      isEnabled === undefined ? 'shared' : isEnabled ? 'on' : 'off',
      semantic ? `${semantic.similarity} ${semantic.model}` : '-',
      formatCount(answers, locale),
      formatCount(bytes, locale),
      oldest ? formatTime(oldest, 'UTC', locale) : '-',
    ]),
    terminal,
  )
}

function toJson({ client, isEnabled, semantic, answers, bytes, oldest }: CacheStats) {
  return { client, cache_enabled: isEnabled ?? null, semantic: semantic ?? null, answers, bytes, oldest: oldest ?? null }
}
