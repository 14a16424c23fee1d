import type { Queryable } from '../database/index.ts'
import { InvalidRequestError } from '../shared/errors.ts'
import { newWebhookSecret } from '../shared/new-webhook-secret.ts'
import { parseWebhookUrl } from '../shared/webhook-url.ts'
import { getBot } from './bot.ts'
import type { SecretPlace } from './channel-admin.ts'
import { deleteTool } from './sql/delete-tool.ts'
import { insertTool } from './sql/insert-tool.ts'
import { listTools, type ToolRow } from './sql/list-tools.ts'

/** What the model calls to give the contact to a human: nobody's tool may have its name. */
export const handOffTool = 'hand_off_to_human'

/** Each is in every prompt, and paid for with it. */
const mostTools = 20
const mostParameterCharacters = 16_384

export interface ToolAdmin {
  /** The owner's: nobody else may say where what contacts write is sent. */
  db: Queryable
  vault: SecretPlace
  /** Whether a tool may be on a loopback host: never in production. */
  allowsLocal: boolean
}

export interface ToolWish {
  channelId: string
  /** A letter, then letters, digits and underscores: what all providers take. */
  name: string
  /** What the model knows of it. */
  description: string
  /** JSON Schema of the arguments, `type: object`. Undefined: it takes none. */
  parameters?: Record<string, unknown> | undefined
  url: string
}

/** By name. Throws InvalidRequestError `not_found` where there is no such channel. */
export async function listChannelTools(db: Queryable, channelId: string): Promise<ToolRow[]> {
  await getBot(db, channelId)
  return await listTools(db, channelId)
}

/**
 * Adds a tool to a channel, with a secret (`whsec_…`) that is answered this once, or changes the one of this name, which keeps its secret.
 *
 * @throws InvalidRequestError `not_found` without such a channel; `invalid_body` for what is no tool
 */
export async function setTool(admin: ToolAdmin, wish: ToolWish): Promise<{ tool: ToolRow; secret: string | undefined }> {
  const tools = await listChannelTools(admin.db, wish.channelId)
  checkTool(wish, admin.allowsLocal)
  const known = tools.find(({ name }) => name === wish.name)
  if (!known && tools.length >= mostTools) throw refusal(`A channel has at most ${mostTools} tools.`)
  const made = known ? undefined : await putSecret(admin.vault, wish)
  const secretId = known?.secret_id ?? made?.id ?? ''
  const { channelId, name, description, parameters = { type: 'object', properties: {} }, url } = wish
  await insertTool(admin.db, { channelId, name, description, parameters, url, secretId })
  return { tool: await getTool(admin.db, channelId, name), secret: made?.secret }
}

/** Throws InvalidRequestError `not_found`. */
export async function removeTool({ db, vault }: Pick<ToolAdmin, 'db' | 'vault'>, channelId: string, name: string): Promise<void> {
  if (!(await deleteTool(db, channelId, name))) throw missing(name)
  // The vault forgets no name: what stood behind it is written over.
  await vault.put(secretName(channelId, name), 'removed')
}

/** A new secret, answered this once; the one before signs nothing any more. Throws InvalidRequestError `not_found`. */
export async function renewToolSecret({ db, vault }: Pick<ToolAdmin, 'db' | 'vault'>, channelId: string, name: string): Promise<string> {
  await getTool(db, channelId, name)
  return (await putSecret(vault, { channelId, name })).secret
}

async function getTool(db: Queryable, channelId: string, wanted: string): Promise<ToolRow> {
  const tool = (await listChannelTools(db, channelId)).find(({ name }) => name === wanted)
  if (!tool) throw missing(wanted)
  return tool
}

function checkTool({ name, description, parameters, url }: ToolWish, allowsLocal: boolean): void {
  if (!/^[a-zA-Z][a-zA-Z0-9_]{0,63}$/.test(name) || name === handOffTool) {
    throw refusal(`A tool's name is a letter, then up to 63 letters, digits and underscores, and not ${handOffTool}.`)
  }
  if (description.trim() === '' || description.length > 1_024) {
    throw refusal('A tool has a description of at most 1,024 characters: by it the model knows when to call it.')
  }
  if (parameters && (parameters.type !== 'object' || JSON.stringify(parameters).length > mostParameterCharacters)) {
    throw refusal(`A tool's parameters are a JSON Schema with "type": "object", of at most ${mostParameterCharacters} characters.`)
  }
  if (url.length > 2_000) throw refusal('A URL has at most 2,000 characters.')
  parseWebhookUrl(url, allowsLocal)
}

async function putSecret(vault: SecretPlace, { channelId, name }: Pick<ToolWish, 'channelId' | 'name'>) {
  const secret = newWebhookSecret()
  return { secret, id: await vault.put(secretName(channelId, name), secret, 'Signs the calls of a tool of a WhatsApp channel') }
}

function secretName(channelId: string, name: string): string {
  return `whatsapp_tool_${channelId}_${name}`
}

function missing(name: string): InvalidRequestError {
  return new InvalidRequestError('not_found', `There is no tool ${name.slice(0, 64)} on this channel.`)
}

function refusal(message: string): InvalidRequestError {
  return new InvalidRequestError('invalid_body', message)
}
