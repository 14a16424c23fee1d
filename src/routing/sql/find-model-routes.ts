import type { Queryable } from '../../database/index.ts'
import type { ModelRouteRow } from '../model-route.ts'

/** All of them: operators have dozens, and every replica remembers them. */
export async function findModelRouteRows(db: Queryable): Promise<ModelRouteRow[]> {
  return await db.query<ModelRouteRow>(
    `select r.alias, r.client_id, c.slug, r.strategy, r.targets, r.fallbacks, r.hedge_after_ms, r.downgrade, r.timeouts
     from model_routes r left join clients c on c.id = r.client_id
     order by r.alias, c.slug nulls first`,
  )
}
