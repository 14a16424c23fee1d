import type { z } from 'zod'
import { InvalidRequestError } from '../shared/errors.ts'

/** Every problem at once, each with the field's name and never its value. Throws InvalidRequestError `invalid_body`. */
export function readBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body ?? {})
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
  throw new InvalidRequestError('invalid_body', `Something is wrong with the body. ${problems.join('; ')}`, { details: { problems } })
}
