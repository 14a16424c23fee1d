import { z } from 'zod'
import { alertKinds } from '../../alerts/index.ts'
import { getClient } from '../../clients/index.ts'
import {
  addChannel,
  type ChannelAdmin,
  changeChannel,
  channelKinds,
  channelToJson,
  checkAlert,
  getChannel,
  listChannels,
  listDeliveries,
  removeChannel,
  renewSecret,
  resendAlert,
  type TemplateWish,
} from '../../notifications/index.ts'
import { type ApiContext, adminRoute, count, time } from '../api/index.ts'
import { clientName } from './budget-schemas.ts'
import { attemptFields, deliveryErrorCode } from './delivery-attempt.ts'

const channel = z.object({
  id: z.string(),
  /** Null: the operator's own, which hears of all clients. */
  client: z.string().nullable(),
  kind: z.enum(channelKinds),
  address: z.string(),
  /** Whether its webhooks have a signature. */
  signed: z.boolean(),
  /** Of kind whatsapp: the number that sends. Null: none was said, or it is gone. */
  whatsapp_channel: z.string().nullable(),
  template_name: z.string().nullable(),
  template_language: z.string().nullable(),
  /** Null: all that concern its owner. */
  alert_kinds: z.array(z.enum(alertKinds)).nullable(),
  locale: z.enum(['pt-BR', 'en']).nullable(),
  active: z.boolean(),
  /** Its address is a column of the client's, such as `notification_email`. */
  follows_client: z.boolean(),
  /** It has failed for three days. */
  failing: z.boolean(),
  failing_since: time.nullable(),
  last_error: z.string().nullable(),
  last_error_code: deliveryErrorCode.nullable(),
  created_at: time,
})

const delivery = z.object({
  channel: z.string(),
  client: z.string().nullable(),
  kind: z.enum(channelKinds),
  address: z.string(),
  ...attemptFields,
})

const address = z.string().min(1).max(2_000)
const kinds = z.array(z.enum(alertKinds)).min(1)
const locale = z.enum(['pt-BR', 'en'])
/** Of kind whatsapp: id of the channel, or Meta's phone number id, and an approved template. */
const template = {
  whatsapp_channel: z.string().min(1).max(64).optional(),
  template_name: z.string().min(1).max(512).optional(),
  template_language: z.string().min(2).max(10).optional(),
}
const params = z.object({ id: z.uuid() })
const url = '/notification-channels'

const adminOf = ({ owner: db, vault, allowsLocalWebhooks: allowsLocal }: ApiContext): ChannelAdmin => ({ db, vault, allowsLocal })

/** Undefined where nothing of it was said. */
function templateOf(body: { [Name in keyof typeof template]?: string | undefined }): TemplateWish | undefined {
  const { whatsapp_channel: whatsappChannel, template_name: name, template_language: language } = body
  return (whatsappChannel ?? name ?? language) ? { whatsappChannel, name, language } : undefined
}

export const notificationRoutes = [
  adminRoute({
    method: 'GET',
    url,
    summary: 'Who is told of alerts, and how: the operator’s channels and the clients’',
    access: 'read',
    input: { query: z.object({ client: clientName.optional() }) },
    output: z.array(channel),
    async handle({ owner }, { query }) {
      const clientId = query.client === undefined ? undefined : (await getClient(owner, query.client)).id
      return (await listChannels(owner, { clientId })).map(channelToJson)
    },
  }),
  adminRoute({
    method: 'POST',
    url,
    summary: 'Adds a channel, for the operator or for a client; a webhook’s secret is shown once',
    access: 'write',
    input: {
      body: z.strictObject({
        client: clientName.optional(),
        kind: z.enum(channelKinds),
        address,
        ...template,
        alert_kinds: kinds.optional(),
        locale: locale.optional(),
      }),
    },
    output: channel.extend({ secret: z.string().nullable() }),
    async handle(context, { body }) {
      const made = await addChannel(adminOf(context), {
        clientId: body.client === undefined ? undefined : (await getClient(context.owner, body.client)).id,
        kind: body.kind,
        address: body.address,
        template: templateOf(body),
        alertKinds: body.alert_kinds,
        locale: body.locale,
      })
      return { ...channelToJson(made.channel), secret: made.secret ?? null }
    },
  }),
  adminRoute({
    method: 'GET',
    url: `${url}/:id`,
    summary: 'One channel',
    access: 'read',
    input: { params },
    output: channel,
    handle: async ({ owner }, input) => channelToJson(await getChannel(owner, input.params.id)),
  }),
  adminRoute({
    method: 'PATCH',
    url: `${url}/:id`,
    summary: 'Changes a channel; what is not named stays, null takes the default',
    access: 'write',
    input: {
      params,
      body: z.strictObject({
        address: address.optional(),
        ...template,
        alert_kinds: kinds.nullable().optional(),
        locale: locale.nullable().optional(),
        active: z.boolean().optional(),
      }),
    },
    output: channel,
    async handle(context, { params: { id }, body }) {
      const wish = {
        address: body.address,
        template: templateOf(body),
        alertKinds: body.alert_kinds,
        locale: body.locale,
        isActive: body.active,
      }
      return channelToJson(await changeChannel(adminOf(context), id, wish))
    },
  }),
  adminRoute({
    method: 'DELETE',
    url: `${url}/:id`,
    summary: 'Removes a channel, with its deliveries',
    access: 'write',
    input: { params },
    output: z.object({ removed: z.literal(true) }),
    async handle({ owner }, input) {
      await removeChannel(owner, input.params.id)
      return { removed: true } as const
    },
  }),
  adminRoute({
    method: 'POST',
    url: `${url}/:id/secret`,
    summary: 'Makes a new secret for a webhook; it is shown once',
    access: 'write',
    input: { params },
    output: z.object({ secret: z.string() }),
    handle: async (context, input) => ({ secret: await renewSecret(adminOf(context), input.params.id) }),
  }),
  adminRoute({
    method: 'POST',
    url: `${url}/:id/test`,
    summary: 'Sends a test by the channel now, and says what became of it',
    access: 'write',
    input: { params },
    output: z.object({
      delivered: z.boolean(),
      response_code: count.nullable(),
      error: z.string().nullable(),
      error_code: deliveryErrorCode.nullable(),
    }),
    async handle({ notifier }, input) {
      const { delivered, responseCode, error, errorCode } = await notifier.test(input.params.id)
      return { delivered, response_code: responseCode, error, error_code: errorCode }
    },
  }),
  adminRoute({
    method: 'GET',
    url: '/alerts/:id/deliveries',
    summary: 'Each attempt to send an alert, by channel',
    access: 'read',
    input: { params },
    output: z.array(delivery),
    async handle({ owner }, input) {
      await checkAlert(owner, input.params.id)
      const deliveries = await listDeliveries(owner, input.params.id)
      return deliveries.map(({ id: _id, channel_id, ...each }) => ({ channel: channel_id, ...each }))
    },
  }),
  adminRoute({
    method: 'POST',
    url: '/alerts/:id/resend',
    summary: 'Sends an alert again by every channel that it goes to',
    access: 'write',
    input: { params },
    output: z.object({ queued: count }),
    handle: async ({ owner }, input) => ({ queued: await resendAlert(owner, input.params.id) }),
  }),
] as const
