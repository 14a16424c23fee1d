import { openSecret, type Secret } from '../../shared/secret.ts'
import { GraphError, readGraphError } from './graph-error.ts'

const timeoutMs = 20_000
/** Meta's own limits are 16 MB for recordings and videos and 5 MB for pictures. */
const mostMediaBytes = 16 * 1024 * 1024

export interface GraphOptions {
  /** `https://graph.facebook.com` */
  baseUrl: string
  /** `v24.0` */
  version: string
  /** Where files may be fetched from: host, or host and port. */
  mediaHosts: readonly string[]
}

/** What is sent: a text, or a template, which may be sent after the 24 hours, with what stands in its places. */
export type Outgoing = { text: string } | { template: { name: string; language: string; parameters?: readonly string[] } }

const longestParameter = 300

/** Meta's Graph API, as far as a WhatsApp number needs it. Everything rejects with GraphError. */
export class GraphClient {
  readonly #options: GraphOptions

  constructor(options: GraphOptions) {
    this.#options = options
  }

  /** Answers the wamid. `messageId` comes back with every status of it, whatever becomes of this answer. */
  async send(from: { phoneNumberId: string; token: Secret }, to: string, message: Outgoing, messageId: string): Promise<string> {
    const content =
      'text' in message
        ? { type: 'text', text: { body: message.text, preview_url: false } }
        : { type: 'template', template: templateOf(message.template) }
    const body = { messaging_product: 'whatsapp', recipient_type: 'individual', to, ...content, biz_opaque_callback_data: messageId }
    const answer = (await this.#post(from, body)) as { messages?: { id?: unknown }[] }
    const wamid = answer.messages?.[0]?.id
    // It said yes: only the name of what it did is not known.
    if (typeof wamid !== 'string') throw new GraphError('malformed', 'an answer without a message id', { isUnknown: true })
    return wamid
  }

  /** Shows the blue ticks, and that somebody is typing, until the reply or 25 seconds have come. */
  async markRead(from: { phoneNumberId: string; token: Secret }, wamid: string): Promise<void> {
    await this.#post(from, { messaging_product: 'whatsapp', status: 'read', message_id: wamid, typing_indicator: { type: 'text' } })
  }

  /** A file's bytes, held in memory only. */
  async fetchMedia(from: { phoneNumberId: string; token: Secret }, mediaId: string): Promise<Buffer> {
    const described = await this.#request(from.token, this.#url(`${encodeURIComponent(mediaId)}?phone_number_id=${from.phoneNumberId}`), {})
    const { url } = (await described.json()) as { url?: unknown }
    const response = await this.#request(from.token, this.#allowed(url), {})
    return await readBounded(response)
  }

  async #post({ phoneNumberId, token }: { phoneNumberId: string; token: Secret }, body: object): Promise<unknown> {
    const response = await this.#request(token, this.#url(`${phoneNumberId}/messages`), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return await response.json().catch(() => ({}))
  }

  #url(path: string): string {
    return `${this.#options.baseUrl}/${this.#options.version}/${path}`
  }

  /** The token goes along, so the address must be Meta's, whatever somebody got Meta to say. */
  #allowed(url: unknown): string {
    const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url) : undefined
    // Plain http only where the API itself is asked by it: a test's.
    const isSafe = parsed?.protocol === 'https:' || (parsed?.protocol === 'http:' && this.#options.baseUrl.startsWith('http:'))
    if (!parsed || !isSafe || !this.#options.mediaHosts.includes(parsed.host)) {
      throw new GraphError('media_host', `a file at ${parsed?.host ?? 'no address'}, which CATRACA_GRAPH_MEDIA_HOSTS does not name`)
    }
    return parsed.href
  }

  async #request(token: Secret, url: string, init: RequestInit): Promise<Response> {
    const headers = { ...init.headers, authorization: openSecret(token, (value) => `Bearer ${value}`) }
    let response: Response
    try {
      response = await fetch(url, { ...init, headers, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) })
    } catch (cause) {
      const error = new GraphError('unreachable', 'no answer', { isRetryable: true, isUnknown: true })
      error.cause = cause
      throw error
    }
    if (response.ok) return response
    throw readGraphError(response.status, await response.text().catch(() => ''))
  }
}

function templateOf({ name, language, parameters = [] }: Extract<Outgoing, { template: object }>['template']) {
  // Meta refuses line breaks, tabs, runs of spaces and nothing at all.
  const texts = parameters.map((text) => text.replace(/\s+/g, ' ').trim().slice(0, longestParameter) || '-')
  const components = texts.length === 0 ? {} : { components: [{ type: 'body', parameters: texts.map((text) => ({ type: 'text', text })) }] }
  return { name, language: { code: language }, ...components }
}

async function readBounded(response: Response): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const piece of response.body ?? []) {
      bytes += piece.byteLength
      if (bytes > mostMediaBytes) throw new GraphError('media_too_large', `a file of more than ${mostMediaBytes} bytes`)
      pieces.push(piece)
    }
  } catch (cause) {
    if (cause instanceof GraphError) throw cause
    throw new GraphError('unreachable', 'the file broke off', { isRetryable: true })
  }
  return Buffer.concat(pieces)
}
