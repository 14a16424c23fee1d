import { z } from 'zod'
import {
  changeBot,
  getBot,
  listChannelTools,
  removeTool,
  renewToolSecret,
  setTool,
  type ToolAdmin,
  type ToolRow,
} from '../../conversations/index.ts'
import { type ApiContext, adminRoute, time } from '../api/index.ts'

const tool = z.object({
  name: z.string(),
  description: z.string(),
  /** JSON Schema of its arguments. */
  parameters: z.record(z.string(), z.unknown()),
  url: z.string(),
  created_at: time,
  updated_at: time,
})
const notice = z.string().trim().min(1).max(4_096).nullable()
const bot = z.object({
  /** May the model give a contact to a human? */
  hands_off: z.boolean(),
  /** Who writes one of these is given to a human without a model. */
  hand_off_keywords: z.array(z.string()),
  /** Null: words in the client's language. */
  hand_off_notice: notice,
  video_notice: notice,
})

const params = z.object({ channel: z.uuid() })
const toolParams = params.extend({ tool: z.string().max(64) })
const url = '/whatsapp/channels/:channel'

const adminOf = ({ owner: db, vault, allowsLocalWebhooks: allowsLocal }: ApiContext): ToolAdmin => ({ db, vault, allowsLocal })
const toJson = ({ name, description, parameters, url, created_at, updated_at }: ToolRow) => ({
  name,
  description,
  parameters,
  url,
  created_at,
  updated_at,
})

/** What a channel's bot may do besides answering: tools, and giving contacts to a human. */
export const whatsappBotRoutes = [
  adminRoute({
    method: 'GET',
    url: `${url}/bot`,
    summary: 'When a channel gives contacts to a human, and what it says then and to videos',
    access: 'read',
    input: { params },
    output: bot,
    handle: async ({ owner }, input) => await getBot(owner, input.params.channel),
  }),
  adminRoute({
    method: 'PATCH',
    url: `${url}/bot`,
    summary: 'Changes that; what is not named stays, null takes words in the client’s language',
    access: 'write',
    input: {
      params,
      body: z.strictObject({
        hands_off: z.boolean().optional(),
        hand_off_keywords: z.array(z.string()).optional(),
        hand_off_notice: notice.optional(),
        video_notice: notice.optional(),
      }),
    },
    output: bot,
    async handle({ owner }, { params: { channel }, body }) {
      const named = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined))
      return await changeBot(owner, channel, named)
    },
  }),
  adminRoute({
    method: 'GET',
    url: `${url}/tools`,
    summary: 'What the model of a channel may call at the client’s own system',
    access: 'read',
    input: { params },
    output: z.array(tool),
    handle: async ({ owner }, input) => (await listChannelTools(owner, input.params.channel)).map(toJson),
  }),
  adminRoute({
    method: 'PUT',
    url: `${url}/tools/:tool`,
    summary: 'Adds a tool, whose secret is shown once, or changes it; its secret stays then',
    access: 'write',
    input: {
      params: toolParams,
      body: z.strictObject({
        description: z.string().min(1).max(1_024),
        /** Left out: it takes no arguments. */
        parameters: z.record(z.string(), z.unknown()).optional(),
        url: z.string().min(1).max(2_000),
      }),
    },
    output: tool.extend({ secret: z.string().nullable() }),
    async handle(context, { params: { channel, tool: name }, body }) {
      const made = await setTool(adminOf(context), { channelId: channel, name, ...body })
      return { ...toJson(made.tool), secret: made.secret ?? null }
    },
  }),
  adminRoute({
    method: 'DELETE',
    url: `${url}/tools/:tool`,
    summary: 'Removes a tool',
    access: 'write',
    input: { params: toolParams },
    output: z.object({ removed: z.literal(true) }),
    async handle(context, { params: { channel, tool: name } }) {
      await removeTool(adminOf(context), channel, name)
      return { removed: true } as const
    },
  }),
  adminRoute({
    method: 'POST',
    url: `${url}/tools/:tool/secret`,
    summary: 'Makes a new secret for a tool; it is shown once',
    access: 'write',
    input: { params: toolParams },
    output: z.object({ secret: z.string() }),
    handle: async (context, { params: { channel, tool: name } }) => ({ secret: await renewToolSecret(adminOf(context), channel, name) }),
  }),
] as const
