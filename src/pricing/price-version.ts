import type { Queryable } from '../database/index.ts'
import type { ModelPrices } from './model.ts'
import { fromPriceColumns } from './model-row.ts'
import { type PriceVersionRow, selectPriceVersions } from './sql/select-price-versions.ts'

/** The prices that a model had for a time, as `model_prices` keeps them for ever: what a row's `price_id` names. */
export interface PriceVersion {
  id: string
  gatewayIdentifier: string
  /** `catalogue` or `operator`. */
  source: string
  /** Where the prices could be read. */
  reference: string | undefined
  validFrom: Date
  /** Undefined: still in force. */
  validTo: Date | undefined
  prices: ModelPrices
}

/** By id; an id that was never a price version is missing. */
export async function loadPriceVersions(db: Queryable, ids: readonly string[]): Promise<Map<string, PriceVersion>> {
  if (ids.length === 0) return new Map()
  const rows = await db.query<PriceVersionRow>(selectPriceVersions, [ids])
  return new Map(rows.map((row) => [row.id, fromRow(row)]))
}

function fromRow(row: PriceVersionRow): PriceVersion {
  return {
    id: row.id,
    gatewayIdentifier: row.gateway_identifier,
    source: row.price_source,
    reference: row.price_reference ?? undefined,
    validFrom: row.valid_from,
    validTo: row.valid_to ?? undefined,
    prices: fromPriceColumns(row),
  }
}
