import { z } from 'zod'
import type { Queryable } from '../../database/index.ts'
import { InvalidRequestError } from '../../shared/errors.ts'
import { findWindow, type UsageWindow } from '../../usage/index.ts'

/** Where no client is asked about, days are those of the clock that clients have by default. */
export const defaultTimeZone = 'America/Sao_Paulo'

export const timeZone = z.string().max(64).refine(isTimeZone, 'is no time zone: write America/Sao_Paulo')
export const apiType = z.enum(['chat', 'embeddings', 'transcription', 'speech', 'image', 'moderation'])

const word = z.string().min(1).max(200)
/** An instant, or a day of the time zone, as which its beginning counts. */
const moment = z.union([z.iso.date(), z.iso.datetime({ offset: true })], 'write 2026-11-01 or 2026-11-01T12:00:00Z')

export const windowFilters = { from: moment.optional(), to: moment.optional() }
/** `model` is `gpt-4o-mini` or `openai/gpt-4o-mini`. */
export const callFilters = { provider: word.optional(), model: word.optional(), api_type: apiType.optional() }

export interface WindowQuery {
  from?: string | undefined
  to?: string | undefined
}

export interface ScopeQuery extends WindowQuery {
  provider?: string | undefined
  model?: string | undefined
  api_type?: z.infer<typeof apiType> | undefined
}

/** Whose usage is asked for, and by whose clock. Undefined: of all clients. */
export interface Asked {
  clientId: string | undefined
  timeZone: string
}

/** A name that the database knows as well: offsets, which it reads the other way round, are none. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

/** Throws InvalidRequestError for a window that ends before it begins, or is longer than `mostDays`. */
export async function readWindow(
  db: Queryable,
  { clientId, timeZone }: Asked,
  query: ScopeQuery,
  { days, mostDays }: { days: number; mostDays: number },
): Promise<UsageWindow & { from: Date; to: Date }> {
  const { from, to } = await findWindow(db, { from: query.from, to: query.to, timeZone, days })
  if (to <= from)
    throw new InvalidRequestError('invalid_body', `"to" must be after "from": ${from.toISOString()} is not before ${to.toISOString()}.`)
  // A day more, because windows end in the middle of one.
  if (to.getTime() - from.getTime() > (mostDays + 1) * 86_400_000) {
    throw new InvalidRequestError('invalid_body', `This is asked for at most ${mostDays} days at once: "from" and "to" are further apart.`)
  }
  return { clientId, from, to, provider: query.provider, model: query.model, apiType: query.api_type }
}
