import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { asRecord, asText } from '../as-record.ts'
import { sendJson } from '../control-api.ts'
import { readBody } from '../exchange.ts'
import { readMultipart } from '../multipart.ts'
import { parseBody } from '../plain-format.ts'
import { newWamid } from './deliveries.ts'

/** A message that was accepted. */
export interface SentMessage {
  wamid: string
  phoneNumberId: string
  to: string
  type: string
  /** Of a text. */
  text: string | undefined
  /** Of a template. */
  template: string | undefined
  /** Of a template: its language, and what stands in the places of its body. */
  language: string | undefined
  parameters: string[]
  /** What the sender calls it; comes back with its statuses. */
  messageId: string | undefined
  atMs: number
}

/** How requests go wrong. Several may be in force; the first that matches and is not used up counts. */
export interface GraphFault {
  /** Which requests. Default `messages`. */
  on?: 'messages' | 'read' | 'media'
  to?: string
  /** How many of them. Default all. */
  times?: number
  /** With `code`, Meta's own error number. */
  status?: number
  code?: number
  message?: string
  delayMs?: number
  /** The message is accepted, and no answer comes. */
  hang?: boolean
  /** Where the file is said to be. */
  mediaUrl?: string
}

export interface GraphEmulatorOptions {
  port?: number
  /** The only token that is accepted. */
  token: string
}

export interface GraphEmulator {
  /** `CATRACA_GRAPH_BASE_URL` */
  url: string
  /** `CATRACA_GRAPH_MEDIA_HOSTS` */
  mediaHost: string
  /** In the order of arrival. */
  sent(): SentMessage[]
  /** The wamids that were marked as read; each showed that somebody types as well, if it was asked to. */
  reads(): { wamid: string; isTyping: boolean }[]
  /** Paths asked for, with the Graph version in front. */
  paths(): string[]
  /** A file as if a contact had sent it. Returns its id. */
  addMedia(bytes: Uint8Array, mimeType: string): string
  /** Returns a function that takes the fault back. */
  inject(fault: GraphFault): () => void
  /** Resolves with all that was sent once it is so many. Rejects after the time. */
  untilSent(count: number, timeoutMs?: number): Promise<SentMessage[]>
  close(): Promise<void>
}

interface State {
  token: string
  url: string
  sent: SentMessage[]
  reads: { wamid: string; isTyping: boolean }[]
  paths: string[]
  media: Map<string, { bytes: Uint8Array; mimeType: string }>
  faults: Set<{ fault: GraphFault; left: number }>
}

/**
 * Meta's Graph API on loopback, as far as a WhatsApp number uses it: messages and templates, read receipts with the typing indicator, files
 * up and down. What a contact writes comes by `graphText`, `graphDelivery` and `deliver`.
 *
 * @example
 * const graph = await startGraphEmulator({ token: 'test-token' })
 * await deliver(webhookUrl, graphDelivery('1001', { messages: [graphText('5511999990001', 'oi')] }), appSecret)
 * const [reply] = await graph.untilSent(1)
 */
export async function startGraphEmulator(options: GraphEmulatorOptions): Promise<GraphEmulator> {
  const state: State = { token: options.token, url: '', sent: [], reads: [], paths: [], media: new Map(), faults: new Set() }
  const server = createServer((incoming, response) => {
    serve(state, incoming, response).catch((error: unknown) => {
      if (!response.headersSent) sendJson(response, 500, { error: { message: String(error), code: 1 } })
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: state.url,
    mediaHost: new URL(state.url).host,
    sent: () => [...state.sent],
    reads: () => [...state.reads],
    paths: () => [...state.paths],
    addMedia: (bytes, mimeType) => addMedia(state, bytes, mimeType),
    inject(fault) {
      const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY }
      state.faults.add(entry)
      return () => state.faults.delete(entry)
    },
    async untilSent(count, timeoutMs = 15_000) {
      const until = performance.now() + timeoutMs
      while (state.sent.length < count) {
        if (performance.now() > until) throw new Error(`${state.sent.length} of ${count} messages were sent within ${timeoutMs} ms`)
        await delay(10)
      }
      return [...state.sent]
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function addMedia(state: State, bytes: Uint8Array, mimeType: string): string {
  const id = String(700_000_000_000_000 + state.media.size)
  state.media.set(id, { bytes, mimeType })
  return id
}

async function serve(state: State, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const [path = ''] = (incoming.url ?? '').split('?')
  const raw = await readBody(incoming)
  state.paths.push(`${incoming.method} ${path}`)
  if (incoming.headers.authorization !== `Bearer ${state.token}`) {
    return refuse(response, 401, 190, 'Invalid OAuth access token - Cannot parse access token')
  }
  const [, file] = /^\/media\/(\d+)$/.exec(path) ?? []
  if (file !== undefined) return serveFile(state, file, response)
  const [, resource = '', action] = /^\/v\d+\.\d+\/(\d+)(?:\/(messages|media))?$/.exec(path) ?? []
  if (incoming.method === 'GET' && action === undefined) return await describeMedia(state, resource, response)
  if (incoming.method === 'POST' && action === 'messages') return await takeMessage(state, resource, asRecord(parseBody(raw)), response)
  if (incoming.method === 'POST' && action === 'media') return takeUpload(state, incoming, raw, response)
  refuse(response, 404, 2500, `Unknown path components: ${path}`)
}

async function takeMessage(state: State, phoneNumberId: string, body: Record<string, unknown>, response: ServerResponse): Promise<void> {
  const to = asText(body.to)
  const fault = take(state, body.status === 'read' ? 'read' : 'messages', to)
  if (fault?.delayMs !== undefined) await delay(fault.delayMs)
  if (refusedBy(fault, response)) return
  if (body.status === 'read') {
    state.reads.push({ wamid: asText(body.message_id) ?? '', isTyping: body.typing_indicator !== undefined })
    return sendJson(response, 200, { success: true })
  }
  const text = asText(asRecord(body.text).body)
  if (to === undefined || (body.type === 'text' && (text === undefined || text === '' || text.length > 4_096))) {
    return refuse(response, 400, 100, 'Invalid parameter')
  }
  const template = asRecord(body.template)
  const parameters = bodyParameters(template.components)
  if (parameters.some((parameter) => parameter === '' || /[\n\t]| {5}/.test(parameter))) {
    return refuse(response, 400, 132_018, 'Param text cannot have new-line/tab characters or more than 4 consecutive spaces')
  }
  const wamid = newWamid()
  state.sent.push({
    wamid,
    phoneNumberId,
    to,
    type: asText(body.type) ?? '',
    text,
    template: asText(template.name),
    language: asText(asRecord(template.language).code),
    parameters,
    messageId: asText(body.biz_opaque_callback_data),
    atMs: performance.now(),
  })
  if (fault?.hang) return
  sendJson(response, 200, { messaging_product: 'whatsapp', contacts: [{ input: to, wa_id: to }], messages: [{ id: wamid }] })
}

function bodyParameters(components: unknown): string[] {
  const all: unknown[] = Array.isArray(components) ? components : []
  const parameters = asRecord(all.find((component) => asRecord(component).type === 'body')).parameters
  return Array.isArray(parameters) ? parameters.map((parameter) => asText(asRecord(parameter).text) ?? '') : []
}

async function describeMedia(state: State, id: string, response: ServerResponse): Promise<void> {
  const fault = take(state, 'media', undefined)
  if (fault?.delayMs !== undefined) await delay(fault.delayMs)
  if (refusedBy(fault, response)) return
  const media = state.media.get(id)
  if (!media) return refuse(response, 400, 100, `Unsupported get request. Object with ID '${id}' does not exist`)
  const url = fault?.mediaUrl ?? `${state.url}/media/${id}`
  sendJson(response, 200, { messaging_product: 'whatsapp', url, mime_type: media.mimeType, file_size: media.bytes.byteLength, id })
}

function serveFile(state: State, id: string, response: ServerResponse): void {
  const media = state.media.get(id)
  if (!media) {
    refuse(response, 404, 100, 'no such file')
    return
  }
  response.writeHead(200, { 'content-type': media.mimeType, 'content-length': media.bytes.byteLength })
  response.end(media.bytes)
}

function takeUpload(state: State, incoming: IncomingMessage, raw: Buffer, response: ServerResponse): void {
  const form = readMultipart(raw, incoming.headers['content-type'] ?? '')
  if (!form.file) refuse(response, 400, 100, 'The parameter file is required.')
  else sendJson(response, 200, { id: addMedia(state, form.file, form.fields.get('type') ?? 'application/octet-stream') })
}

function take(state: State, on: NonNullable<GraphFault['on']>, to: string | undefined): GraphFault | undefined {
  for (const entry of state.faults) {
    const { fault } = entry
    if ((fault.on ?? 'messages') !== on || entry.left <= 0 || (fault.to !== undefined && fault.to !== to)) continue
    entry.left -= 1
    return fault
  }
  return undefined
}

function refusedBy(fault: GraphFault | undefined, response: ServerResponse): boolean {
  if (fault?.status === undefined && fault?.code === undefined) return false
  refuse(response, fault.status ?? 400, fault.code ?? fault.status ?? 1, fault.message ?? 'An injected fault')
  return true
}

function refuse(response: ServerResponse, status: number, code: number, message: string): void {
  sendJson(response, status, { error: { message: `(#${code}) ${message}`, type: 'OAuthException', code, fbtrace_id: 'AemulatorTrace' } })
}
