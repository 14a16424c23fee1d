import { z } from 'zod'
import { InvalidRequestError } from '../shared/errors.ts'
import type { RoleWish } from './user.ts'

/** Throws InvalidRequestError `invalid_body` where role and client do not go together. */
export function checkRole({ role, clientId }: RoleWish): void {
  if (role === 'client' && clientId === undefined) throw new InvalidRequestError('invalid_body', 'A user of role client needs a client')
  if (role !== 'client' && clientId !== undefined)
    throw new InvalidRequestError('invalid_body', `A user of role ${role} has no client: only role client does`)
}

/** In lower case. Throws InvalidRequestError `invalid_body` for what is no address. */
export function checkEmail(email: string): string {
  const parsed = z.email().max(200).safeParse(email.trim().toLowerCase())
  if (!parsed.success) throw new InvalidRequestError('invalid_body', `"${email.slice(0, 200)}" is no e-mail address`)
  return parsed.data
}
