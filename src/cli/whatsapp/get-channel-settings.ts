import { type ChannelSettingsRow, listChannelSettings } from '../../conversations/index.ts'
import type { Queryable } from '../../database/index.ts'
import { InvalidRequestError } from '../../shared/errors.ts'

/** By id or phone number id. Throws InvalidRequestError `not_found`. */
export async function getChannelSettings(db: Queryable, which: string): Promise<ChannelSettingsRow> {
  const channel = (await listChannelSettings(db, undefined)).find(({ id, phone_number_id }) => id === which || phone_number_id === which)
  if (!channel) throw new InvalidRequestError('not_found', `There is no WhatsApp channel ${which}: npx catraca whatsapp list`)
  return channel
}
