import type { Database, Queryable } from '../database/index.ts'
import { parseDecimal } from '../shared/money.ts'
import type { PriceColumns, TierColumns } from './model-row.ts'
import type { RegistryEntry } from './registry-entry.ts'
import { addAliases } from './sql/add-aliases.ts'
import { findKnownModels, type KnownModel } from './sql/find-known-models.ts'
import { insertModel } from './sql/insert-model.ts'
import { lockModels } from './sql/lock-models.ts'
import { markPriceSource } from './sql/mark-price-source.ts'
import { updateModelPrices } from './sql/update-model-prices.ts'

export interface PriceChange {
  gatewayIdentifier: string
  column: keyof PriceColumns
  before: unknown
  after: unknown
}

export interface SyncReport {
  /** `gatewayIdentifier`s of models that were new. */
  added: string[]
  /** Prices that were changed; the old ones stay in `model_prices`, with the time at which they ended. */
  changed: PriceChange[]
  /** Prices that differ, and were left alone because the operator set them. */
  kept: PriceChange[]
}

/**
 * Brings the registry up to the price source (`readPriceSource`): adds models that are new, gives models whose price has changed a new
 * price version, adds names that are new. What an operator has set, limits and capabilities above all, stays; nothing is removed or
 * switched off. Calls under way keep the prices that they were held with.
 *
 * With `preview` it only says what it would do.
 */
export async function syncRegistry(
  database: Pick<Database, 'transaction'>,
  entries: readonly RegistryEntry[],
  { preview = false }: { preview?: boolean } = {},
): Promise<SyncReport> {
  const sync = database.transaction(async (tx) => {
    const report = await bringUpToDate(tx, entries)
    if (preview) throw new Preview(report)
    return report
  })
  return await sync.catch((thrown: unknown) => {
    if (thrown instanceof Preview) return thrown.report
    throw thrown
  })
}

/** Rolls the transaction back. */
class Preview extends Error {
  readonly report: SyncReport
  constructor(report: SyncReport) {
    super('only a preview')
    this.report = report
  }
}

async function bringUpToDate(tx: Queryable, entries: readonly RegistryEntry[]): Promise<SyncReport> {
  await tx.query(markPriceSource)
  await tx.query(lockModels)
  const rows = new Map((await tx.query<KnownModel>(findKnownModels)).map((row) => [row.gateway_identifier, row]))
  const report: SyncReport = { added: [], changed: [], kept: [] }
  for (const entry of entries) {
    const row = rows.get(entry.gateway_identifier)
    if (row) await syncModel(tx, row, entry, report)
    else {
      await tx.query(insertModel, [JSON.stringify(entry)])
      report.added.push(entry.gateway_identifier)
    }
  }
  return report
}

async function syncModel(tx: Queryable, row: KnownModel, entry: RegistryEntry, report: SyncReport): Promise<void> {
  const changes = priceChanges(row, entry)
  if (row.price_source === 'operator') report.kept.push(...changes)
  else if (changes.length > 0) {
    await tx.query(updateModelPrices, [row.id, JSON.stringify(entry)])
    report.changed.push(...changes)
  }
  const names = entry.aliases.filter((alias) => !row.aliases.includes(alias))
  if (names.length > 0) await tx.query(addAliases, [row.id, names])
}

const decimalColumns = [
  'input_price_per_million',
  'output_price_per_million',
  'cached_input_price_per_million',
  'cache_write_price_per_million',
  'cache_write_1h_price_per_million',
  'price_per_audio_minute',
  'price_per_character',
  'price_per_image',
] as const

function priceChanges(row: KnownModel, entry: RegistryEntry): PriceChange[] {
  const change = (column: keyof PriceColumns): PriceChange => ({
    gatewayIdentifier: entry.gateway_identifier,
    column,
    before: row[column],
    after: entry[column],
  })
  const changes = decimalColumns.filter((column) => !sameDecimal(row[column], entry[column])).map(change)
  if (row.minimum_audio_seconds !== entry.minimum_audio_seconds) changes.push(change('minimum_audio_seconds'))
  if (describeTiers(row.price_tiers) !== describeTiers(entry.price_tiers)) changes.push(change('price_tiers'))
  return changes
}

/** A price may have been typed as 0.150. */
function sameDecimal(a: string | null, b: string | null): boolean {
  return a === null || b === null ? a === b : parseDecimal(a, 15) === parseDecimal(b, 15)
}

function describeTiers(tiers: readonly TierColumns[]): string {
  const price = (text: string | undefined) => (text === undefined ? null : String(parseDecimal(text, 15)))
  return JSON.stringify(
    tiers.map((tier) => [
      tier.above_input_tokens,
      price(tier.input),
      price(tier.cached_input),
      price(tier.cache_write),
      price(tier.cache_write_1h),
      price(tier.output),
    ]),
  )
}
