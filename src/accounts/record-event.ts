import type { Queryable } from '../database/index.ts'
import { insertEvent } from './sql/insert-event.ts'

export type EventAction =
  | 'log_in'
  | 'log_in_failed'
  | 'log_out'
  | 'password_changed'
  | 'password_reset'
  | 'two_factor_on'
  | 'two_factor_off'
  | 'backup_codes_made'
  | 'sessions_revoked'
  | 'invite'
  | 'invitation_revoked'
  | 'setup_link'
  | 'reset_link'

export interface EventOptions {
  /** Who did it; undefined: this machine's command line. */
  actor?: string | undefined
  /** The user did it. */
  bySelf?: boolean
  user?: string | undefined
  details?: Record<string, unknown>
}

/**
 * A line of the audit log about `user` (id or e-mail; an e-mail that is nobody's is left out, because people mistype passwords there).
 * What a user is and may (role, client, disabled) a trigger writes down.
 */
export async function recordEvent(
  db: Queryable,
  action: EventAction,
  { actor, bySelf = false, user, details = {} }: EventOptions,
): Promise<void> {
  await insertEvent(db, { actor, bySelf, action, user, details })
}
