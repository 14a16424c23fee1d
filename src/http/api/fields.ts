import { z } from 'zod'

// What answers are made of: the first type is JSON's, the second what `handle` may return for it.

/** A moment, ISO 8601 in UTC. */
export const time = z.iso.datetime() as z.ZodType<string, Date | string>

/** A whole number that fits: counts of calls and tokens. */
export const count = z.number().int() as z.ZodType<number, bigint | number>

/** An exact amount as decimal text; its currency stands in the field's name. */
export const amount = z.string().regex(/^-?\d+(\.\d+)?$/)
