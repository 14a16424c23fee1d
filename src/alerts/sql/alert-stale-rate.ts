import type { Queryable } from '../../database/index.ts'

/** A rate older than 72 hours is in use: one alert a day, whoever notices. */
export async function alertStaleRate(db: Queryable, quote: { rate: string; source: string; quotedAt: Date }): Promise<void> {
  await db.query('select alert_stale_rate($1::numeric, $2, $3)', [quote.rate, quote.source, quote.quotedAt])
}
