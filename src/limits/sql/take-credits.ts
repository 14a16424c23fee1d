import type { Queryable } from '../../database/index.ts'
import type { LimitScope } from '../limit-scope.ts'

/** One limit of which credits are taken. Amounts are requests or tokens. */
export interface CreditWish {
  scope: LimitScope
  id: string
  unit: 'requests' | 'tokens'
  limit: number
  want: number
  /** With fewer left, none is given. */
  least: number
  /** Used beyond what was taken. */
  debt: number
  /** Taken in that second and not used. */
  returned: { second: number; amount: number }[]
}

export interface CreditGrant {
  granted: number
  /** Of the limit, for anybody, after this grant. */
  left: number
  second: number
  reset_ms: number
  /** Until `least` fits; null when it is more than the limit itself. */
  free_in_ms: number | null
}

/** In the order of the wishes. */
export async function takeCredits(db: Queryable, wishes: readonly CreditWish[]): Promise<CreditGrant[]> {
  const [row] = await db.query<{ grants: CreditGrant[] }>('select rate_take($1) as grants', [JSON.stringify(wishes)])
  return row?.grants ?? []
}
