import type { Queryable } from '../../database/index.ts'
import { LedgerUnavailableError } from '../../shared/errors.ts'
import type { Log } from '../../shared/log.ts'
import { openSecret } from '../../shared/secret.ts'
import type { Channel } from './channel.ts'
import type { ChannelDirectory } from './channel-directory.ts'
import { asksForHuman } from './hand-off.ts'
import { isQueueUnready } from './is-queue-unready.ts'
import { type Delivery, readDelivery } from './read-delivery.ts'
import { receiveDelivery } from './sql/receive-delivery.ts'
import { isSameText, isSigned } from './verify.ts'

export interface Receiver {
  /** Meta's question whether this address is ours: the challenge to repeat, or undefined for whoever does not know the verify token. */
  verify(channelId: string, asked: { mode: unknown; token: unknown; challenge: unknown }): Promise<string | undefined>
  /** Stores a delivery and the jobs that answer it, all at once or not at all. Rejects while the database is away. */
  receive(channelId: string, body: Buffer, signature: string | undefined): Promise<'stored' | 'refused'>
}

export function createReceiver({ database, channels, log }: { database: Queryable; channels: ChannelDirectory; log: Log }): Receiver {
  return {
    async verify(channelId, { mode, token, challenge }) {
      const expected = (await channels.find(channelId))?.verifyToken
      if (!expected || mode !== 'subscribe' || typeof token !== 'string' || typeof challenge !== 'string') return undefined
      return openSecret(expected, (value) => isSameText(token, value)) ? challenge : undefined
    },
    async receive(channelId, body, signature) {
      const channel = await channels.find(channelId)
      if (!channel) return 'refused'
      if (!channel.appSecret) {
        log.warn(`[WhatsApp] a delivery for channel ${channel.id} was refused: it has no app secret, so nobody can be told apart from Meta`)
        return 'refused'
      }
      if (!openSecret(channel.appSecret, (secret) => isSigned(body, signature, secret))) return 'refused'
      const delivery = readDelivery(body, channel.phoneNumberId)
      if (!delivery) return 'stored'
      if (delivery.isForeign) {
        log.warn(`[WhatsApp] a delivery for channel ${channel.id} was refused: it is another phone number's`)
        return 'refused'
      }
      if (delivery.messages.length + delivery.statuses.length === 0) return 'stored'
      const added = await receiveDelivery(database, channel.id, delivery, phonesThatAskForHuman(channel, delivery)).catch(throwNotReady)
      return added === undefined ? 'refused' : 'stored'
    },
  }
}

function phonesThatAskForHuman(channel: Channel, { messages }: Delivery): string[] {
  return messages.flatMap(({ phone, kind, body = null }) => (asksForHuman(channel, [{ kind, body }]) ? [phone] : []))
}

/** Meta delivers again. */
function throwNotReady(error: unknown): never {
  if (!isQueueUnready(error)) throw error
  throw new LedgerUnavailableError('The job queue is not ready yet.', { cause: error, retryAfterMs: 1_000 })
}
