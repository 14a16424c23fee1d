import type { Queryable } from '../../database/index.ts'
import type { ModelRouteRow } from '../model-route.ts'

/** Undefined leaves a column as it is, null takes it back to its default. */
export type ModelRouteChange = {
  [Column in Exclude<keyof ModelRouteRow, 'alias' | 'client_id' | 'slug'>]: ModelRouteRow[Column] | null | undefined
}

export async function setModelRouteRow(
  db: Queryable,
  clientId: string | undefined,
  alias: string,
  change: ModelRouteChange,
): Promise<void> {
  await db.query(
    `insert into model_routes as r (client_id, alias, strategy, targets, fallbacks, hedge_after_ms, downgrade, timeouts)
     select $1, $2, coalesce(c.strategy, 'ordered'), c.targets, c.fallbacks, c.hedge_after_ms, c.downgrade, c.timeouts
     from jsonb_to_record(jsonb_strip_nulls($3::jsonb))
       as c(strategy text, targets jsonb, fallbacks text[], hedge_after_ms integer, downgrade jsonb, timeouts jsonb)
     on conflict (alias, client_id) do update set
       strategy = case when $3::jsonb ? 'strategy' then excluded.strategy else r.strategy end,
       targets = excluded.targets,
       fallbacks = case when $3::jsonb ? 'fallbacks' then excluded.fallbacks else r.fallbacks end,
       hedge_after_ms = case when $3::jsonb ? 'hedge_after_ms' then excluded.hedge_after_ms else r.hedge_after_ms end,
       downgrade = case when $3::jsonb ? 'downgrade' then excluded.downgrade else r.downgrade end,
       timeouts = case when $3::jsonb ? 'timeouts' then excluded.timeouts else r.timeouts end`,
    [clientId ?? null, alias, JSON.stringify(change)],
  )
}
