import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ReportSkew } from './billed-call.ts'
import { sendJson, serveControl } from './control-api.ts'
import { deliverWhole, hang, pause } from './deliver.ts'
import { EmulatorState, type SeenRequest } from './emulator-state.ts'
import { readBody } from './exchange.ts'
import type { InjectedFault } from './fault.ts'
import { answerPtax, type Quotes } from './ptax.ts'
import { readFault } from './read-fault.ts'
import { findRoute } from './routes.ts'
import { serveRequest } from './serve-request.ts'
import type { EmulatorCounts, ServedCall } from './served-log.ts'
import { serveUsageReport } from './usage-reports.ts'
import { renderGeneration } from './vercel-account.ts'

export interface EmulatorOptions {
  /** 0, the default, takes a free one. */
  port?: number
  /** Loopback only: the control routes need no key. */
  host?: '127.0.0.1'
  /** Keys that every provider accepts; any other is a 401. More by `accept()`. */
  keys?: readonly string[]
  /** Keys that open the usage and cost reports of OpenAI and Anthropic, and nothing else. */
  adminKeys?: readonly string[]
  /** Before every answer. */
  latencyMs?: number
  /** Between two chunks of every stream. */
  chunkGapMs?: number
  /** Rates that PTAX answers, by day; without them 5.4321 for the last weekday asked for. */
  quotes?: Quotes
  /** Told one line a request. */
  log?: (line: string) => void
}

/** Base URLs exactly as the environment variables want them. */
export interface EmulatorBaseUrls {
  /** `OPENAI_BASE_URL` */
  openai: string
  /** `GROQ_BASE_URL` */
  groq: string
  /** `ANTHROPIC_BASE_URL` */
  anthropic: string
  /** `GOOGLE_BASE_URL` */
  google: string
  /** `AI_GATEWAY_BASE_URL`, the host: `/v1` and `/v4/ai` are below it. */
  vercel: string
  /** `EXCHANGE_RATE_URL` */
  exchangeRate: string
}

export interface Emulator {
  url: string
  baseUrls: EmulatorBaseUrls
  accept(key: string): void
  acceptAdmin(key: string): void
  /** The last 200,000 calls that were accepted, oldest first, as they stand now. */
  served(): ServedCall[]
  counts(): EmulatorCounts
  /** The last 200 requests with an accepted key, as they arrived. */
  requests(): SeenRequest[]
  /** Returns a function that takes the fault back. Throws UnknownFaultError for a fault that cannot be meant. */
  inject(fault: InjectedFault): () => void
  /** Undefined brings the default rate back. */
  setQuotes(quotes: Quotes | undefined): void
  /** Makes the reports lie: tokens and costs of these models are multiplied; `{}` brings the truth back. */
  skewReports(skew: ReportSkew): void
  /** Forgets counts, records, faults and cached prompts; keys stay. */
  reset(): void
  /** Cuts what still runs. */
  close(): Promise<void>
}

/**
 * Starts the providers on loopback: OpenAI, Groq, Anthropic, Google, the Vercel AI Gateway and the central bank's exchange rate, each in its
 * own wire format, each answering the same prompt with the same words.
 *
 * @example
 * const emulator = await startEmulator({ keys: ['sk-test-openai'] })
 * const client = new OpenAI({ apiKey: 'sk-test-openai', baseURL: emulator.baseUrls.openai })
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const state = new EmulatorState(options.keys ?? [], options.adminKeys ?? [])
  state.quotes = options.quotes
  const server = createServer({ keepAliveTimeout: 120_000, requestTimeout: 0, noDelay: true }, (incoming, response) => {
    response.once('close', () => options.log?.(`${incoming.method} ${incoming.url} ${response.statusCode}`))
    handle(state, options, incoming, response).catch((error: unknown) => fail(incoming, response, error, options.log))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve)
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    baseUrls: baseUrls(url),
    accept: (key) => void state.keys.add(key),
    acceptAdmin: (key) => void state.adminKeys.add(key),
    served: () => state.log.calls(),
    counts: () => state.log.counts(),
    requests: () => state.requests(),
    inject: (fault) => state.faults.add(readFault(fault)),
    setQuotes: (quotes) => {
      state.quotes = quotes
    },
    skewReports: (skew) => {
      state.reportSkew = skew
    },
    reset: () => state.reset(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function baseUrls(url: string): EmulatorBaseUrls {
  return {
    openai: `${url}/openai/v1`,
    groq: `${url}/groq/openai/v1`,
    anthropic: `${url}/anthropic/v1`,
    google: `${url}/google/v1beta`,
    vercel: `${url}/vercel`,
    exchangeRate: `${url}/ptax`,
  }
}

async function handle(state: EmulatorState, options: EmulatorOptions, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const method = incoming.method ?? 'GET'
  const [path = '', query = ''] = (incoming.url ?? '').split(/\?(.*)/s)
  const route = findRoute(method, path)
  if (route !== undefined) {
    return serveRequest(state, route, incoming, response, { latencyMs: options.latencyMs ?? 0, chunkGapMs: options.chunkGapMs ?? 0 })
  }
  const report = serveUsageReport(state, path, new URLSearchParams(query), incoming, response)
  if (report !== undefined) return report
  if (path.startsWith('/_emulator/')) return serveControl(state, path, new URLSearchParams(query), incoming, response)
  if (path.startsWith('/ptax/')) return servePtax(state, new URLSearchParams(query), response)
  // The AI SDK asks for generations and credits at the gateway's origin, whatever path its base URL has.
  if (path.endsWith('/v1/generation')) return serveGeneration(state, new URLSearchParams(query), incoming, response)
  if (path.endsWith('/v1/credits')) return sendJson(response, 200, { balance: '95.50', total_used: '4.50' })
  await readBody(incoming)
  const error = { message: `Unknown request URL: ${method} ${path}.`, type: 'invalid_request_error', param: null, code: 'unknown_url' }
  sendJson(response, 404, { error })
}

function serveGeneration(state: EmulatorState, query: URLSearchParams, incoming: IncomingMessage, response: ServerResponse): void {
  const key = (incoming.headers.authorization ?? '').replace(/^Bearer\s+/i, '')
  const call = state.findByResponse(query.get('id') ?? '')
  if (!state.keys.has(key)) sendJson(response, 401, { error: { message: 'Invalid API key', type: 'authentication_error' } })
  else if (call === undefined) sendJson(response, 404, { error: { message: 'Generation not found', type: 'not_found' } })
  else sendJson(response, 200, renderGeneration(call))
}

async function servePtax(state: EmulatorState, query: URLSearchParams, response: ServerResponse): Promise<void> {
  const fault = state.faults.for({ provider: 'ptax', model: '', key: '', call: null, prompt: '' })
  if (fault.delayMs !== undefined) await pause(response, fault.delayMs)
  if (fault.hang === true) await hang(response)
  if (response.destroyed) return
  if (fault.reset === true) {
    response.destroy()
    return
  }
  if (fault.status !== undefined) return sendJson(response, fault.status, { codigo: fault.status, mensagem: 'Serviço indisponível' })
  const answer = answerPtax(query, state.quotes)
  if (answer === undefined) return sendJson(response, 400, { codigo: 400, mensagem: 'Parâmetros inválidos' })
  const body = Buffer.from(fault.garbage === true ? '<html>' : answer)
  response.writeHead(200, { 'content-type': 'application/json;odata.metadata=minimal', 'content-length': body.length })
  await deliverWhole(response, body, fault)
}

/** A caller that left in the middle of its own request is no error; anything else is a bug here and says so. */
function fail(incoming: IncomingMessage, response: ServerResponse, error: unknown, log: EmulatorOptions['log']): void {
  if (incoming.destroyed && !incoming.complete) return
  log?.(`emulator failed: ${String(error)}`)
  if (response.headersSent) response.destroy()
  else sendJson(response, 500, { error: { message: `catraca emulator: ${String(error)}`, type: 'emulator_error' } })
}
