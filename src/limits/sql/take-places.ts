import type { Queryable } from '../../database/index.ts'
import type { LimitScope } from '../limit-scope.ts'

/** A cap that a call counts against. */
export interface PlaceCap {
  scope: LimitScope
  id: string
  /** Calls under way at once. */
  most: number
}

export interface PlaceWish {
  call_id: string
  /** After this long nobody can be making the call any more, whatever became of its process. */
  ttl_ms: number
  caps: readonly PlaceCap[]
}

/** The cap that leaves a call no place. */
export interface ReachedCap {
  scope: LimitScope
  running: number
  limit: number
}

/** Frees the places of the calls `over`, then gives places to `wishes`, in their order. Null: the call has its places. */
export async function takePlaces(db: Queryable, wishes: readonly PlaceWish[], over: readonly string[]): Promise<(ReachedCap | null)[]> {
  const [row] = await db.query<{ reached: (ReachedCap | null)[] }>('select places_take($1, $2::uuid[]) as reached', [
    JSON.stringify(wishes),
    over,
  ])
  return row?.reached ?? []
}
