import type { Queryable } from '../../database/index.ts'

export interface ChannelColumns {
  clientId: string
  phoneNumberId: string
  displayPhone: string | undefined
  accessTokenSecretId: string
  appSecretSecretId: string
  verifyTokenSecretId: string
  isSimulated: boolean
}

/** Undefined where another client has this number. Adding one again changes its secrets and switches it on. */
export async function insertChannel(db: Queryable, channel: ChannelColumns): Promise<string | undefined> {
  const rows = await db.query<{ id: string }>(
    `insert into whatsapp_channels as known (client_id, phone_number_id, display_phone_number, access_token_secret_id, app_secret_secret_id,
       verify_token_secret_id, is_simulated)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (phone_number_id) do update set display_phone_number = coalesce(excluded.display_phone_number, known.display_phone_number),
       access_token_secret_id = excluded.access_token_secret_id, app_secret_secret_id = excluded.app_secret_secret_id,
       verify_token_secret_id = excluded.verify_token_secret_id, is_active = true
     where known.client_id = excluded.client_id
     returning id`,
    [
      channel.clientId,
      channel.phoneNumberId,
      channel.displayPhone ?? null,
      channel.accessTokenSecretId,
      channel.appSecretSecretId,
      channel.verifyTokenSecretId,
      channel.isSimulated,
    ],
  )
  return rows[0]?.id
}
