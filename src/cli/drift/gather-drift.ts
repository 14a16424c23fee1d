import type { Config } from '../../config/index.ts'
import { lacksProviders, type Store } from '../../gateway/index.ts'
import { type BilledUsageRow, sumBilledUsage } from '../../ledger/index.ts'
import { loadRegistry } from '../../pricing/index.ts'
import { type CreatorName, createUpstream, creatorNames, isCreatorName, providers, type ReportDays } from '../../providers/index.ts'
import { cutToNanos, type NanoUsd, nanoUsd, parseUsd } from '../../shared/money.ts'
import { openSecret, type Secret } from '../../shared/secret.ts'
import { type BookedUsage, compareUsage, type DriftLine, isDrift, type ReportedUsage } from '../../usage/index.ts'
import { findDemoEmulator } from '../demo-emulator.ts'
import type { UsageCsv } from './read-usage-csv.ts'

export interface DriftQuestion {
  days: ReportDays
  /** Undefined: all. */
  provider: string | undefined
  csv: UsageCsv | undefined
  tolerancePercent: number
}

/** Where a provider's numbers came from. `problem` says in a sentence why there are none. */
export interface DriftSource {
  provider: string
  from: 'api' | 'csv' | 'none'
  problem: string | undefined
  /** It was asked, by key or by name, and did not tell: that is a failure, not a choice. */
  failed: boolean
}

export interface DriftReport {
  ok: boolean
  lines: DriftLine[]
  sources: DriftSource[]
  /** Answered on Vercel's own credentials: on no bill of the provider's. */
  billedByVercel: { calls: number; costUsd: NanoUsd }
  /** Since when the demo's emulator counts; undefined outside of the demo. */
  demoSince: Date | undefined
}

/** Reads the books and asks the providers; changes nothing and costs nothing. */
export async function gatherDrift(store: Store, config: Config, question: DriftQuestion): Promise<DriftReport> {
  const { owner } = store
  const [rows, registry, access] = await Promise.all([
    sumBilledUsage(owner, question.days.from, question.days.to),
    loadRegistry(owner),
    findAccess(store, config),
  ])
  const isAsked = ({ provider }: { provider: string }) => question.provider === undefined || provider === question.provider
  const ours = rows.filter(isAsked)
  const told = (question.csv?.usage ?? []).filter(isAsked)
  const billed = ours.filter((row) => !row.is_billed_by_vercel).map(toBooked)
  const { sources, usage } = await askProviders(access, question, billed, told)
  const lines = compareUsage({
    booked: billed,
    reported: [...told, ...usage],
    comparedProviders: new Set(sources.filter(({ from }) => from !== 'none').map(({ provider }) => provider)),
    modelNameOf: (provider, model) => {
      const known = registry.find(`${provider}/${model}`)
      return known?.provider === provider ? known.modelName : model
    },
    tolerancePercent: question.tolerancePercent,
  })
  const byVercel = ours.filter((row) => row.is_billed_by_vercel)
  const nothingCompared = lines.length > 0 && lines.every(({ verdict }) => verdict === 'not_compared')
  return {
    ok: !lines.some(isDrift) && !sources.some(({ failed }) => failed) && !nothingCompared,
    lines,
    sources,
    billedByVercel: {
      calls: byVercel.reduce((sum, { calls }) => sum + calls, 0),
      costUsd: nanoUsd(byVercel.reduce((sum, { cost_usd }) => sum + parseUsd(cutToNanos(cost_usd)), 0n)),
    },
    demoSince: access.demoSince,
  }
}

interface Access {
  baseUrls: Config['baseUrls']
  keyOf(provider: CreatorName): Secret | undefined
  demoSince: Date | undefined
  isDemo: boolean
}

/** In demo mode the emulator stands in for the providers here too, and a real admin key goes nowhere. */
async function findAccess({ owner }: Store, config: Config): Promise<Access> {
  const isDemo = config.allowsDemo && (await lacksProviders(owner))
  const demo = isDemo ? await findDemoEmulator(config.dataDir) : undefined
  const keyOf = (provider: CreatorName) => {
    const variable = providers[provider].usageReport?.keyVariable
    if (variable === undefined) return undefined
    return isDemo ? demo?.adminKey : config.adminKeys[variable]
  }
  return { baseUrls: demo?.baseUrls ?? config.baseUrls, keyOf, demoSince: demo?.since, isDemo }
}

/** Everybody whose calls were booked, whose key is there, or who was named; a CSV stands in for the question. */
async function askProviders(
  access: Access,
  { days, provider: named, csv }: DriftQuestion,
  ours: readonly BookedUsage[],
  told: readonly ReportedUsage[],
): Promise<{ sources: DriftSource[]; usage: ReportedUsage[] }> {
  const inCsv = new Set(told.map(({ provider }) => provider))
  // An export without a line of these days says that there was nothing.
  if (csv !== undefined && named !== undefined) inCsv.add(named)
  const booked = new Set(ours.map(({ provider }) => provider))
  const sources: DriftSource[] = [...inCsv].map((provider) => ({ provider, from: 'csv', problem: undefined, failed: false }))
  const asked = creatorNames.filter(
    (provider) =>
      !inCsv.has(provider) && (named === undefined ? booked.has(provider) || access.keyOf(provider) !== undefined : provider === named),
  )
  const upstream = createUpstream({ baseUrls: access.baseUrls, userAgent: 'catraca-drift' })
  try {
    const answers = await Promise.all(
      asked.map(async (provider) => {
        const key = access.keyOf(provider)
        if (key === undefined) return { provider, usage: undefined, problem: whyNoKey(provider, access), failed: named !== undefined }
        const result = await openSecret(key, (value) => upstream.readUsageReport(provider, value, days))
        if (result.ok) return { provider, usage: result.usage, problem: undefined, failed: false }
        return { provider, usage: undefined, problem: access.isDemo ? `${result.message} ${demoIsAway}` : result.message, failed: true }
      }),
    )
    for (const { provider, usage, problem, failed } of answers)
      sources.push({ provider, from: usage === undefined ? 'none' : 'api', problem, failed })
    // A provider that the registry knows and nobody here does: its rows can only be compared by CSV.
    for (const provider of booked) {
      if (!isCreatorName(provider) && !inCsv.has(provider))
        sources.push({ provider, from: 'none', problem: whyOnlyCsv(provider, provider), failed: false })
    }
    return { sources, usage: answers.flatMap(({ usage }) => usage ?? []) }
  } finally {
    await upstream.close()
  }
}

const demoIsAway = 'Demo mode: its numbers are in the emulator, which runs inside the gateway (npx catraca up) and forgets when that stops.'

function whyNoKey(provider: CreatorName, { isDemo }: Access): string {
  const { displayName, usageReport } = providers[provider]
  if (usageReport === undefined) return whyOnlyCsv(provider, displayName)
  if (isDemo) return `${displayName} was not asked. ${demoIsAway}`
  return `${displayName} was not asked: ${usageReport.keyVariable} is not set. It takes an admin key, made at ${usageReport.keyPage}`
}

function whyOnlyCsv(provider: string, displayName: string): string {
  return `${displayName} has no usage report that can be asked for: give its export with --csv FILE --provider ${provider}.`
}

function toBooked(row: BilledUsageRow): BookedUsage {
  return {
    provider: row.provider,
    model: row.model,
    calls: row.calls,
    inputTokens: Number(row.input_tokens),
    cachedTokens: Number(row.cached_tokens),
    outputTokens: Number(row.output_tokens),
    costUsd: parseUsd(cutToNanos(row.cost_usd)),
    estimated: {
      calls: row.estimated_calls,
      inputTokens: Number(row.estimated_input_tokens),
      cachedTokens: Number(row.estimated_cached_tokens),
      outputTokens: Number(row.estimated_output_tokens),
      costUsd: parseUsd(cutToNanos(row.estimated_cost_usd)),
    },
    lateCalls: row.late_calls,
  }
}
