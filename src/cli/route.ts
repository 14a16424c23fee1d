import { type Command, InvalidArgumentError } from 'commander'
import { getClient } from '../clients/index.ts'
import type { Config } from '../config/index.ts'
import { type DemoProviders, type ExplainedRoute, explainRoute } from '../gateway/index.ts'
import { identifyModels } from '../pricing/index.ts'
import {
  type ListedRoute,
  listRoutes,
  type ModelRoute,
  type RouteTarget,
  removeRoute,
  type Strategy,
  setRoute,
  strategies,
} from '../routing/index.ts'
import { formatUsd, toDecimal } from '../shared/money.ts'
import { Secret } from '../shared/secret.ts'
import { type AddCommands, type CommandOptions, choice, example, onStore, wholeNumber, withJson } from './command.ts'
import { formatCount } from './format.ts'
import { parseCount } from './limits.ts'
import { namedClient } from './named-client.ts'
import { orNone, unlessNone } from './or-none.ts'
import { right, table } from './table.ts'
import { answer, noticeLog, type Terminal } from './terminal.ts'
import { withStore } from './with-store.ts'

interface OfClient extends CommandOptions {
  client?: string
}

interface SetOptions extends OfClient {
  strategy?: Strategy
  target?: RouteTarget[]
  fallback?: string[]
  hedgeAfter?: number | 'none'
  downgrade?: ModelRoute['downgrade'] | 'none'
  timeouts?: ModelRoute['timeouts'] | 'none'
}

interface ExplainOptions extends CommandOptions {
  inputTokens: number
  outputTokens?: number
}

export const addRouteCommands: AddCommands = (program, terminal) => {
  const group = program
    .command('route')
    .description('aliases: your own names for models, and what decides between those that one stands for')
  addSet(group, terminal)
  const list = withJson(onStore(group.command('list'))).description('all aliases, with what they stand for')
  example(list, 'npx catraca route list').action((options: CommandOptions) =>
    withStore(terminal, options, async ({ owner }) => {
      const routes = await listRoutes(owner)
      answer(terminal, options, routes.map(toJson), () => listTable(routes, terminal))
    }),
  )
  const remove = withJson(onStore(ofClient(group.command('remove').argument('<alias>')))).description('the name means nothing any more')
  example(remove, 'npx catraca route remove chat --client luisboff').action((alias: string, options: OfClient) =>
    withStore(terminal, options, async ({ owner }) => {
      const client = await namedClient(owner, options.client)
      await removeRoute(owner, client?.id, alias)
      answer(terminal, options, { alias, client: client?.slug ?? null, removed: true }, () => `Removed the alias ${alias}.`)
    }),
  )
  addExplain(group, terminal)
}

function ofClient(command: Command): Command {
  return command.option('--client <client>', 'slug or id; without it the alias is for every client that has none of its own by that name')
}

function addSet(group: Command, terminal: Terminal): void {
  const command = ofClient(group.command('set').argument('<alias>', 'the name that callers write as the model'))
    .description('make an alias or change one; what is not named stays as it is')
    .option('--target <model...>', 'models it stands for: MODEL, MODEL@direct or MODEL@vercel, and =WEIGHT after it', collectTargets)
    .addOption(choice('--strategy <strategy>', 'what decides between them (default ordered)', strategies))
    .option(
      '--fallback <model...>',
      "models to try after them, in place of the client's own chain; none for no others, usual for that chain again",
    )
    .option('--hedge-after <ms>', 'ask the next target as well when a stream says nothing for so long, or none', orNone(parseCount))
    .option('--downgrade <model@percent>', 'the model to ask once so much of any budget is used, or none', orNone(parseDowngrade))
    .option('--timeouts <name=ms,...>', 'connect, first-byte, idle, total in place of the usual ones, or none', orNone(parseTimeouts))
  example(
    withJson(onStore(command)),
    'npx catraca route set chat --target openai/gpt-4o anthropic/claude-sonnet-4-5 --hedge-after 1500',
    'npx catraca route set chat --client luisboff --strategy weighted --target openai/gpt-4o=70 google/gemini-2.5-flash@direct=30',
    'npx catraca route set chat --client luisboff --downgrade openai/gpt-4o-mini@80',
  ).action((alias: string, options: SetOptions) =>
    withStore(terminal, options, async ({ owner }) => {
      const client = await namedClient(owner, options.client)
      const { strategy, target: targets } = options
      const [hedgeAfterMs, downgrade, timeouts] = [
        unlessNone(options.hedgeAfter),
        unlessNone(options.downgrade),
        unlessNone(options.timeouts),
      ]
      const fallbacks = parseFallbacks(options.fallback)
      // A model that is not in the registry could never be called. The names stay as they are given, dated ones above all.
      const models = [...(targets ?? []).map(({ model }) => model), ...(fallbacks ?? []), ...(downgrade ? [downgrade.model] : [])]
      await identifyModels(owner, models)
      const route = await setRoute(owner, client?.id, alias, { strategy, targets, fallbacks, hedgeAfterMs, downgrade, timeouts })
      answer(terminal, options, toJson(route), () => listTable([route], terminal))
    }),
  )
}

function addExplain(group: Command, terminal: Terminal): void {
  const command = group
    .command('explain')
    .description('what would become of a call, without spending anything: its targets in order, and the most that each can cost')
    .argument('<client>', 'slug or id')
    .argument('[model]', "a model or an alias; without it the client's primary model")
    .option('--input-tokens <n>', 'the prompt, at the most', wholeNumber(1), 1_000)
    .option('--output-tokens <n>', "the caller's limit; without it as many as would be held", wholeNumber(1))
  example(withJson(onStore(command)), 'npx catraca route explain luisboff chat --input-tokens 2000').action(
    (which: string, model: string | undefined, options: ExplainOptions) =>
      withStore(terminal, options, async ({ owner, vault }, config) => {
        const client = await getClient(owner, which)
        const parts = { ...config, database: owner, vault, demo: demoOf(config), log: noticeLog(terminal) }
        const { inputTokens, outputTokens } = options
        const explained = await explainRoute(parts, { client, model, inputTokens, outputTokens })
        answer(terminal, options, explanationToJson(explained), () => describe(explained, inputTokens, terminal))
      }),
  )
}

/** `up` answers by an emulator where there is no provider at all. Nobody is called here, so no key of its is needed. */
function demoOf({ allowsDemo, baseUrls }: Config): DemoProviders | undefined {
  const key = new Secret('demo')
  return allowsDemo ? { gatewayApiKey: key, providerKeys: { openai: key, groq: key, anthropic: key, google: key }, baseUrls } : undefined
}

function collectTargets(text: string, before: RouteTarget[] | undefined): RouteTarget[] {
  const [, model, via, weight] = /^([^@=]+)(?:@(vercel|direct))?(?:=(\d+))?$/.exec(text) ?? []
  if (model === undefined || Number(weight ?? 0) > 1_000_000) {
    throw new InvalidArgumentError('It must be MODEL, MODEL@vercel or MODEL@direct, and perhaps =WEIGHT, a whole number up to 1000000.')
  }
  const target: RouteTarget = { model, via: via as RouteTarget['via'], weight: weight === undefined ? undefined : Number(weight) }
  return [...(before ?? []), target]
}

function parseFallbacks(models: string[] | undefined): string[] | null | undefined {
  const [word] = models?.length === 1 ? models : []
  if (word === 'usual') return null
  return word === 'none' ? [] : models
}

function parseDowngrade(text: string): NonNullable<ModelRoute['downgrade']> {
  const [, model, percent] = /^([^@]+)@(\d{1,3})$/.exec(text) ?? []
  const threshold = Number(percent)
  if (model === undefined || !(threshold > 0 && threshold <= 100))
    throw new InvalidArgumentError('It must be MODEL@PERCENT, as in m@80, or none.')
  return { threshold, model }
}

const timeoutNames = { connect: 'connectMs', 'first-byte': 'firstByteMs', idle: 'idleMs', total: 'totalMs' } as const

function parseTimeouts(text: string): ModelRoute['timeouts'] {
  const timeouts: ModelRoute['timeouts'] = {}
  for (const part of text.split(',')) {
    const [, name, ms] = /^(connect|first-byte|idle|total)=([1-9]\d{0,7})$/.exec(part.trim()) ?? []
    if (name === undefined || Number(ms) > 86_400_000) {
      throw new InvalidArgumentError('It must be connect=MS, first-byte=MS, idle=MS and total=MS with commas between, or none.')
    }
    timeouts[timeoutNames[name as keyof typeof timeoutNames]] = Number(ms)
  }
  return timeouts
}

function listTable(routes: readonly ListedRoute[], terminal: Terminal): string {
  if (routes.length === 0) return 'No aliases yet. Make one: npx catraca route set NAME --target MODEL MODEL'
  const columns = ['ALIAS', 'CLIENT', 'STRATEGY', 'TARGETS', 'FALLBACKS', 'HEDGE', 'DOWNGRADE', 'TIMEOUTS']
  const rows = routes.map((route) => [
    route.alias,
    route.slug ?? '(all)',
    route.strategy,
    route.targets.map(describeTarget).join(' '),
    route.fallbacks === undefined ? '(the usual)' : route.fallbacks.join(' ') || 'none',
    route.hedgeAfterMs === undefined ? '-' : `${route.hedgeAfterMs} ms`,
    route.downgrade ? `${route.downgrade.model} from ${route.downgrade.threshold} %` : '-',
    describeTimeouts(route.timeouts),
  ])
  return table(columns, rows, terminal)
}

function describeTarget({ model, via, weight }: RouteTarget): string {
  return `${model}${via ? `@${via}` : ''}${weight === undefined ? '' : `=${weight}`}`
}

function describeTimeouts(timeouts: ModelRoute['timeouts']): string {
  const parts = Object.entries(timeoutNames).flatMap(([name, field]) => (timeouts[field] === undefined ? [] : `${name}=${timeouts[field]}`))
  return parts.join(',') || '-'
}

function describe(explained: ExplainedRoute, inputTokens: number, terminal: Terminal): string {
  const { route, targets, reason, budget, outputTokens, hedgeAfterMs } = explained
  const { locale } = terminal
  const columns = ['', 'MODEL', 'VIA', right('COSTS AT MOST')]
  const rows = targets.map(({ identifier, via, mostUsd }, index) => [`${index + 1}.`, identifier, via, formatUsd(mostUsd, locale)])
  const decides: Record<Strategy, string> = {
    ordered: 'the first that answers',
    weighted: 'chance, by weight: the likeliest is shown first',
    cheapest: 'the least that the call can cost at the most',
    fastest: 'which has answered fastest, as the running gateway measures it: here as listed',
  }
  const lines = [
    route
      ? `${route.alias} is an alias ${route.clientId === undefined ? 'for all clients' : "of this client's"}: ${route.strategy}`
      : undefined,
    route && `between its targets decides: ${decides[route.strategy]}`,
    reason && `not the first choice: ${reason}`,
    route?.downgrade &&
      `from ${route.downgrade.threshold} % of a budget on: ${route.downgrade.model} (now ${budget ? `${budget.percent} % of the ${budget.period} ${budget.type} budget` : 'nothing'} is used)`,
    hedgeAfterMs && `a stream that says nothing for ${hedgeAfterMs} ms is asked of the next target as well`,
    `for ${formatCount(inputTokens, locale)} input tokens and ${formatCount(outputTokens, locale)} output tokens`,
  ]
  return `${lines.flatMap((line) => (line ? `${line}\n` : [])).join('')}\n${table(columns, rows, terminal)}`
}

function toJson({ slug, alias, strategy, targets, fallbacks, hedgeAfterMs, downgrade, timeouts }: ListedRoute) {
  return {
    alias,
    client: slug ?? null,
    strategy,
    targets: targets.map(({ model, via, weight }) => ({ model, via: via ?? null, weight: weight ?? 1 })),
    fallbacks: fallbacks ?? null,
    hedge_after_ms: hedgeAfterMs ?? null,
    downgrade: downgrade ?? null,
    timeouts: timeoutsToJson(timeouts),
  }
}

function explanationToJson({ route, targets, reason, budget, outputTokens, hedgeAfterMs, timeouts }: ExplainedRoute) {
  return {
    alias: route?.alias ?? null,
    strategy: route?.strategy ?? null,
    targets: targets.map(({ identifier, via, mostUsd }) => ({ model: identifier, via, most_usd: toDecimal(mostUsd) })),
    reason: reason ?? null,
    budget: budget ? { percent: budget.percent, type: budget.type, period: budget.period } : null,
    output_tokens: outputTokens,
    hedge_after_ms: hedgeAfterMs ?? null,
    timeouts: timeoutsToJson(timeouts),
  }
}

function timeoutsToJson({ connectMs, firstByteMs, idleMs, totalMs }: ModelRoute['timeouts']) {
  return { connect_ms: connectMs ?? null, first_byte_ms: firstByteMs ?? null, idle_ms: idleMs ?? null, total_ms: totalMs ?? null }
}
