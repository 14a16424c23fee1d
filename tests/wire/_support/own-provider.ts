import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestGateway } from '../../_support/gateway.ts'

export interface OwnProviderOptions {
  baseUrl: string
  /** Stored in the vault; undefined: the entry has none. */
  key?: string
  /** More columns of `providers`. */
  columns?: Record<string, unknown>
  /** With the price of a million tokens, in and out. Default 0.1 and 0.3. */
  models?: Record<string, [input: string, output: string]>
}

/** An operator's provider by plain SQL, as docs/providers.md has it. In force when it resolves. */
export async function addOwnProvider({ database, server }: TestGateway, name: string, options: OwnProviderOptions): Promise<void> {
  const { vault } = server.context.store
  const keyId = options.key === undefined ? null : await vault.put(`provider_${name}_api_key`, options.key)
  const columns: Record<string, unknown> = {
    name,
    display_name: name,
    base_url: options.baseUrl,
    allow_http: true,
    api_key_secret_id: keyId,
    ...options.columns,
  }
  const names = Object.keys(columns)
  await database.query(
    `insert into providers (${names.join(', ')}) select ${names.join(', ')} from jsonb_populate_record(null::providers, $1::jsonb)`,
    [JSON.stringify(columns)],
  )
  for (const [model, [input, output]] of Object.entries(options.models ?? {})) {
    await database.query(
      `insert into ai_models_registry (provider, model_name, api_type, input_price_per_million, output_price_per_million)
       values ($1, $2, 'chat', $3, $4)`,
      [name, model, input, output],
    )
  }
}

export interface Front {
  /** With what the request came: its path with the query, and its headers. */
  seen: { path: string; headers: IncomingMessage['headers']; body: Record<string, unknown> }[]
  url: string
  close(): Promise<void>
}

/** A server that stands before another, looks at what comes, and asks for it with a key of its own. */
export async function startFront(upstream: string, key: string, accepts: (incoming: IncomingMessage) => boolean): Promise<Front> {
  const seen: Front['seen'] = []
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const raw = Buffer.concat(chunks)
    const path = incoming.url ?? ''
    seen.push({ path, headers: incoming.headers, body: raw.length === 0 ? {} : JSON.parse(raw.toString()) })
    if (!accepts(incoming)) {
      response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":{"message":"Access denied"}}')
      return
    }
    const headers = { 'content-type': 'application/json', 'content-length': raw.length, authorization: `Bearer ${key}` }
    request(`${upstream}${path.replace(/\?.*/, '')}`, { method: incoming.method ?? 'GET', headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    }).end(raw)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    seen,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
