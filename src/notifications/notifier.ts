import { randomUUID } from 'node:crypto'
import { type AlertDeliverer, findAlert } from '../alerts/index.ts'
import { type Database, isConnectionError, type Queryable } from '../database/index.ts'
import { InvalidRequestError } from '../shared/errors.ts'
import { isUuid } from '../shared/id.ts'
import type { Log } from '../shared/log.ts'
import type { ChannelKind } from './channel.ts'
import { getChannel } from './channel-admin.ts'
import { composeNotification, composeTest } from './compose-notification.ts'
import { DeliveryError, type DeliveryErrorCode, toDeliveryError } from './delivery-error.ts'
import type { Notification, Recipient, Sender, Senders } from './notification.ts'
import { retryDelayMs } from './retry-delay.ts'
import { templateOf } from './sql/channel-columns.ts'
import { type ClaimedDelivery, claimDeliveries } from './sql/claim-deliveries.ts'
import { noteFailed } from './sql/note-failed.ts'
import { noteSent } from './sql/note-sent.ts'
import { noteTest } from './sql/note-test.ts'
import { queueNotifications } from './sql/queue-notifications.ts'
import { requeueNotifications } from './sql/requeue-notifications.ts'

/** A sender that has not ended by then is left to itself, and its delivery counts as failed. */
const longestSendMs = 30_000

export interface NotifierOptions {
  database: Pick<Database, 'query'>
  senders: Senders
  /** What people open the dashboard with; undefined: notifications have no link. */
  publicUrl: string | undefined
  log: Log
}

export interface TestOutcome extends Attempt {
  delivered: boolean
}

interface Attempt {
  responseCode: number | null
  /** Null: it was taken. */
  error: string | null
  errorCode: DeliveryErrorCode | null
}

/** Tells alerts by the channels that somebody has set up, each on its own: at least once, under one id. */
export interface Notifier {
  /** Gives an alert to its channels: a delivery for each, sent by whoever calls `claim` and `send`. Harmless twice. */
  deliverer: AlertDeliverer
  /** What is due, at most one delivery of each channel, for so long as `claimMs`: whoever has not noted it by then is taken for dead. */
  claim(most: number, claimMs: number): Promise<ClaimedDelivery[]>
  /** Sends one and notes what became of it. Never rejects: what could not be noted is sent again. */
  send(delivery: ClaimedDelivery): Promise<void>
  /** Tries a channel now, whether it is switched on or not. Throws InvalidRequestError `not_found`. */
  test(channelId: string): Promise<TestOutcome>
}

export function createNotifier(options: NotifierOptions): Notifier {
  const { database } = options
  return {
    deliverer: { name: 'channels', deliver: ({ id }) => queueNotifications(database, id) },
    claim: (most, claimMs) => claimDeliveries(database, most, claimMs),
    async send(delivery) {
      try {
        await sendClaimed(options, delivery)
      } catch (error) {
        if (!isConnectionError(error)) options.log.error('[Notifications] what became of a delivery could not be noted', error)
      }
    },
    test: (channelId) => sendTest(options, channelId),
  }
}

/**
 * Sends an alert again by every channel that it goes to, under the same ids as before. Answers by how many.
 *
 * @throws InvalidRequestError `not_found`
 */
export async function resendAlert(db: Queryable, alertId: string): Promise<number> {
  await checkAlert(db, alertId)
  return await requeueNotifications(db, alertId)
}

/** Throws InvalidRequestError `not_found`. */
export async function checkAlert(db: Queryable, alertId: string): Promise<void> {
  if (!isUuid(alertId) || !(await findAlert(db, alertId)))
    throw new InvalidRequestError('not_found', `There is no alert ${alertId}: see catraca alerts`)
}

async function sendClaimed({ database, senders, publicUrl, log }: NotifierOptions, delivery: ClaimedDelivery): Promise<void> {
  const { id, channel_id: channelId, kind, locale } = delivery
  const alert = await findAlert(database, delivery.alert_id)
  // Its client was deleted a moment ago, and the delivery with it.
  if (!alert) return
  const notification = composeNotification(alert, { channelId, isClients: delivery.is_clients, locale, publicUrl })
  const to = { channelId, deliveryId: id, address: delivery.address, secretId: delivery.secret_id, template: templateOf(delivery) }
  const outcome = await attempt(senders[kind], kind, notification, to)
  const { error } = outcome
  if (error === null) return await noteSent(database, id, outcome.responseCode)
  const retryMs = retryDelayMs(delivery.failures + 1)
  await noteFailed(database, { id, ...outcome, error, retryMs })
  // The attempts between the first and the last are in the log of deliveries.
  const what = retryMs === undefined ? 'was given up after three days' : delivery.failures === 0 ? 'is tried again' : undefined
  if (what) log.warn(`[Notifications] alert ${alert.id} by ${kind} (channel ${channelId}) ${what}: ${error}`)
}

async function sendTest({ database, senders, publicUrl }: NotifierOptions, id: string): Promise<TestOutcome> {
  const channel = await getChannel(database, id)
  const notification = composeTest({
    id: randomUUID(),
    at: new Date(),
    channelId: channel.id,
    isClients: channel.client !== null,
    locale: channel.locale ?? channel.client?.locale ?? 'pt-BR',
    publicUrl,
  })
  const { address, secretId, template, kind } = channel
  const outcome = await attempt(senders[kind], kind, notification, { channelId: id, address, secretId, template })
  await noteTest(database, id, outcome)
  return { delivered: outcome.error === null, ...outcome }
}

async function attempt(send: Sender | undefined, kind: ChannelKind, notification: Notification, to: Recipient): Promise<Attempt> {
  let timer: NodeJS.Timeout | undefined
  try {
    if (!send) throw new DeliveryError('no_sender', `this process cannot send by ${kind}: its channel is not set up here`)
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new DeliveryError('timeout', `not sent within ${longestSendMs / 1_000} s`)), longestSendMs)
    })
    const { responseCode } = await Promise.race([send(notification, to), late])
    return { responseCode, error: null, errorCode: null }
  } catch (error) {
    const { message, responseCode, code } = toDeliveryError(error)
    return { responseCode, error: message, errorCode: code }
  } finally {
    clearTimeout(timer)
  }
}
