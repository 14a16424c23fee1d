import type { Queryable } from '../database/index.ts'
import { maskPhone } from './mask-phone.ts'
import { type ChannelRow, listChannelRows } from './sql/list-channels.ts'

/**
 * `off`: switched off. `incomplete`: a secret is missing, so it can neither prove who writes nor answer. `failing`: a message of the last
 * day could not be sent. `ready` otherwise.
 */
export type ChannelHealth = 'ready' | 'failing' | 'incomplete' | 'off'

/** A client's number on WhatsApp, without its secrets. */
export interface Channel extends Omit<ChannelRow, 'display_phone_number'> {
  /** Masked in the middle. */
  phone: string | undefined
  health: ChannelHealth
}

/** By client. */
export async function listChannels(db: Queryable): Promise<Channel[]> {
  return (await listChannelRows(db)).map(({ display_phone_number, ...row }) => ({
    ...row,
    phone: display_phone_number === null ? undefined : maskPhone(display_phone_number),
    health: healthOf(row),
  }))
}

function healthOf(row: Omit<ChannelRow, 'display_phone_number'>): ChannelHealth {
  if (!row.is_active) return 'off'
  if (!row.has_access_token || !row.has_app_secret || !row.has_verify_token) return 'incomplete'
  return row.failed_today > 0n ? 'failing' : 'ready'
}
