import type { Queryable } from '../database/index.ts'
import { findRollupDays } from './sql/find-rollup-days.ts'
import { rebuildDay } from './sql/rebuild-day.ts'
import { recountDay, type WrongRollup } from './sql/recount-day.ts'

/** A rollup that is not the sum of its rows, with the figures that differ in words. */
export interface RollupDifference {
  grain: 'hour' | 'day'
  client: string
  start: Date
  provider: string
  model: string
  booked: string
  expected: string
}

export interface RollupScope {
  /** Undefined: all clients. */
  clientId: string | undefined
  /** An instant as PostgreSQL writes it; the day that it is in counts as a whole. */
  since: string
  /** Makes days that differ anew and looks again, as the owner. */
  rebuild?: boolean
}

export interface RollupCheck {
  day: string
  rebuilt: boolean
  differences: RollupDifference[]
}

/** Compares rollups with their rows, a UTC day at a time. Months that were put away are left out. Reads only, unless it is to rebuild. */
export async function* checkRollups(db: Queryable, { clientId, since, rebuild = false }: RollupScope): AsyncGenerator<RollupCheck> {
  for (const day of await findRollupDays(db, since)) {
    let wrong = await recountDay(db, day, clientId)
    const rebuilt = rebuild && wrong.length > 0
    if (rebuilt) {
      await rebuildDay(db, day)
      wrong = await recountDay(db, day, clientId)
    }
    yield { day, rebuilt, differences: wrong.map(inWords) }
  }
}

function inWords({ grain, client, start, provider, model_name, booked, expected }: WrongRollup): RollupDifference {
  const names = Object.keys({ ...booked, ...expected }).filter((name) => booked?.[name] !== expected?.[name])
  const told = (side: WrongRollup['booked']) =>
    side === null
      ? 'none'
      : names
          .filter((name) => name in side)
          .map((name) => `${name} ${side[name]}`)
          .join(', ')
  return { grain, client, start, provider, model: model_name, booked: told(booked), expected: told(expected) }
}
