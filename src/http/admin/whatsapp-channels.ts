import { z } from 'zod'
import { getClient } from '../../clients/index.ts'
import { addChannel, findChannelSettings, removeChannel, updateChannel, webhookPath } from '../../conversations/index.ts'
import { InvalidRequestError } from '../../shared/errors.ts'
import { type ApiContext, adminRoute, count } from '../api/index.ts'
import { clientName } from './budget-schemas.ts'
import { knownModels } from './model-names.ts'

/** How a number answers; null takes what stands beside it. */
const settings = z.object({
  id: z.string(),
  client: z.string(),
  phone_number_id: z.string(),
  display_phone_number: z.string().nullable(),
  /** What Meta calls. Without CATRACA_PUBLIC_URL only the path is known. */
  webhook_path: z.string(),
  webhook_url: z.string().nullable(),
  is_active: z.boolean(),
  /** The client's own. */
  model: z.string().nullable(),
  /** The client's own. */
  system_prompt: z.string().nullable(),
  reply_pause_ms: count,
  history_tokens: count,
  transcription_model: z.string(),
  /** Words in the client's language. */
  refusal_notice: z.string().nullable(),
  /** Nothing is sent after the 24 hours. */
  template_name: z.string().nullable(),
  template_language: z.string(),
  /** Who may ask for the balance. */
  admin_phones: z.array(z.string()),
  /** Any number of tokens. */
  contact_daily_tokens: count.nullable(),
})

const text = (max: number) => z.string().trim().min(1).max(max)
const whole = (min: number, max: number) => z.number().int().min(min).max(max)
const change = z.strictObject({
  is_active: z.boolean().optional(),
  model: text(200).nullable().optional(),
  system_prompt: text(20_000).nullable().optional(),
  reply_pause_ms: whole(0, 60_000).optional(),
  history_tokens: whole(0, 1_000_000).optional(),
  transcription_model: text(200).optional(),
  refusal_notice: text(1_000).nullable().optional(),
  template_name: text(512).nullable().optional(),
  template_language: text(20).optional(),
  admin_phones: z
    .array(z.string().regex(/^\d{8,15}$/, 'write digits with the country in front, such as 5511999990001'))
    .max(50)
    .optional(),
  contact_daily_tokens: whole(1, 2_000_000_000).nullable().optional(),
})

const secret = z.string().trim().min(1).max(1_000)
const params = z.object({ channel: z.uuid() })
const url = '/whatsapp/channels/:channel'

/** Throws InvalidRequestError `not_found`. */
async function getSettings({ owner, publicUrl }: ApiContext, id: string): Promise<z.input<typeof settings>> {
  const found = await findChannelSettings(owner, id)
  if (found === undefined) throw new InvalidRequestError('not_found', `There is no WhatsApp channel ${id}.`)
  const { client_slug: client, ...rest } = found
  const path = webhookPath(id)
  return { ...rest, client, webhook_path: path, webhook_url: publicUrl === undefined ? null : `${publicUrl}${path}` }
}

/** What `catraca whatsapp add`, `set` and `remove` do. */
export const whatsappChannelRoutes = [
  adminRoute({
    method: 'POST',
    url: '/whatsapp/channels',
    summary: 'Connects a number, or changes its secrets; they go into the vault, and the verify token is shown once',
    access: 'write',
    input: {
      body: z.strictObject({
        client: clientName,
        /** Meta's id of the number, not the number. */
        phone_number_id: z.string().regex(/^\d{3,32}$/, 'write Meta’s id of the number, such as 106540352242922'),
        display_phone_number: text(40).optional(),
        access_token: secret,
        app_secret: secret,
        /** Left out, one is made. */
        verify_token: secret.optional(),
      }),
    },
    output: z.object({ id: z.string(), webhook_path: z.string(), webhook_url: z.string().nullable(), verify_token: z.string() }),
    async handle(context, { body }) {
      const { id, verifyToken } = await addChannel(context.owner, context.vault, {
        clientId: (await getClient(context.owner, body.client)).id,
        phoneNumberId: body.phone_number_id,
        displayPhone: body.display_phone_number,
        accessToken: body.access_token,
        appSecret: body.app_secret,
        verifyToken: body.verify_token,
      })
      const { webhook_path, webhook_url } = await getSettings(context, id)
      return { id, webhook_path, webhook_url, verify_token: verifyToken }
    },
  }),
  adminRoute({
    method: 'GET',
    url,
    summary: 'How a number answers, and the address that Meta calls',
    access: 'read',
    input: { params },
    output: settings,
    handle: (context, input) => getSettings(context, input.params.channel),
  }),
  adminRoute({
    method: 'PATCH',
    url,
    summary: 'Changes how a number answers; what is not named stays, null takes the default',
    access: 'write',
    input: { params, body: change },
    output: settings,
    async handle(context, { params: { channel }, body }) {
      await getSettings(context, channel)
      const models = [body.model, body.transcription_model].filter((name) => typeof name === 'string')
      await knownModels(context, models)
      await updateChannel(context.owner, channel, body as Parameters<typeof updateChannel>[2])
      return await getSettings(context, channel)
    },
  }),
  adminRoute({
    method: 'DELETE',
    url,
    summary: 'Removes a number, with its secrets; what was said stays with the client',
    access: 'write',
    input: { params },
    output: z.object({ removed: z.literal(true) }),
    async handle(context, { params: { channel } }) {
      await getSettings(context, channel)
      await removeChannel(context.owner, context.vault, channel)
      return { removed: true } as const
    },
  }),
] as const
