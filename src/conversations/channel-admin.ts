import { randomBytes } from 'node:crypto'
import type { Queryable } from '../database/index.ts'
import { InvalidRequestError } from '../shared/errors.ts'
import { deleteChannel } from './sql/delete-channel.ts'
import { findChannelClient } from './sql/find-channel-client.ts'
import { insertChannel } from './sql/insert-channel.ts'

/** As far as secrets are put away: the vault's own `put`. */
export interface SecretPlace {
  put(name: string, value: string, description?: string): Promise<string>
}

/** As far as they are taken away again: the vault's own `remove`. */
interface ForgettingPlace extends SecretPlace {
  remove(name: string): Promise<void>
}

export interface ChannelWish {
  clientId: string
  /** Meta's id of the number, not the number. */
  phoneNumberId: string
  displayPhone?: string | undefined
  accessToken: string
  appSecret: string
  /** Undefined makes one. */
  verifyToken?: string | undefined
  isSimulated?: boolean
}

export interface AddedChannel {
  id: string
  /** To be entered at Meta; it is shown this once. */
  verifyToken: string
}

/** Its secrets go into the vault and never come out again. Throws InvalidRequestError. */
export async function addChannel(db: Queryable, vault: SecretPlace, wish: ChannelWish): Promise<AddedChannel> {
  const { phoneNumberId, accessToken, appSecret } = wish
  if (!/^\d{3,32}$/.test(phoneNumberId)) throw refusal('The phone number id is a number of Meta’s, such as 106540352242922.')
  if (accessToken === '' || appSecret === '')
    throw refusal('A channel needs an access token and an app secret: without them nothing is received or sent.')
  // Asked first: the secrets have the number's name, so another client's would be written over.
  const owner = await findChannelClient(db, phoneNumberId)
  if (owner !== undefined && owner !== wish.clientId) throw foreign(phoneNumberId)
  const verifyToken = wish.verifyToken ?? randomBytes(24).toString('base64url')
  const put = (what: SecretKind, value: string) => vault.put(secretName(phoneNumberId, what), value, `WhatsApp ${phoneNumberId}`)
  const id = await insertChannel(db, {
    clientId: wish.clientId,
    phoneNumberId,
    displayPhone: wish.displayPhone,
    accessTokenSecretId: await put('access_token', accessToken),
    appSecretSecretId: await put('app_secret', appSecret),
    verifyTokenSecretId: await put('verify_token', verifyToken),
    isSimulated: wish.isSimulated === true,
  })
  if (id === undefined) throw foreign(phoneNumberId)
  return { id, verifyToken }
}

/** By its id or its phone number id, which it answers. Its secrets are gone with it. Throws InvalidRequestError. */
export async function removeChannel(db: Queryable, vault: ForgettingPlace, which: string): Promise<string> {
  const deleted = await deleteChannel(db, which)
  if (deleted === undefined) throw new InvalidRequestError('not_found', `There is no WhatsApp channel ${which}.`)
  for (const what of secretKinds) {
    const name = secretName(deleted.phone_number_id, what)
    // The vault keeps the names of real ones: what stood behind them is written over.
    if (deleted.is_simulated) await vault.remove(name)
    else await vault.put(name, 'removed')
  }
  return deleted.phone_number_id
}

const secretKinds = ['access_token', 'app_secret', 'verify_token'] as const
type SecretKind = (typeof secretKinds)[number]

function secretName(phoneNumberId: string, what: SecretKind): string {
  return `whatsapp_${phoneNumberId}_${what}`
}

function foreign(phoneNumberId: string): InvalidRequestError {
  return refusal(`The phone number id ${phoneNumberId} is another client's.`)
}

function refusal(message: string): InvalidRequestError {
  return new InvalidRequestError('invalid_body', message)
}
