import type { IncomingMessage, ServerResponse } from 'node:http'
import { asArray, asRecord, asText } from './as-record.ts'
import type { EmulatorState } from './emulator-state.ts'
import { readBody } from './exchange.ts'
import { parseBody } from './plain-format.ts'
import { readFault, UnknownFaultError } from './read-fault.ts'
import type { ServedCall } from './served-log.ts'

type Handler = (state: EmulatorState, query: URLSearchParams, body: unknown) => unknown

const ok = { ok: true }

const handlers: Record<string, Handler> = {
  'GET /_emulator/health': () => ok,
  'GET /_emulator/served': (state, query) => selectCalls(state.log.calls(), query),
  'GET /_emulator/counts': (state) => state.log.counts(),
  'GET /_emulator/requests': (state) => state.requests(),
  'POST /_emulator/keys': (state, _query, body) => {
    const { key, keys, adminKeys } = asRecord(body)
    for (const added of asArray(adminKeys).map(asText)) if (added !== undefined && added !== '') state.adminKeys.add(added)
    for (const added of [key, ...asArray(keys)].map(asText)) if (added !== undefined && added !== '') state.keys.add(added)
    return ok
  },
  'POST /_emulator/faults': (state, _query, body) => {
    state.faults.add(readFault(body))
    return ok
  },
  'DELETE /_emulator/faults': (state) => {
    state.faults.clear()
    return ok
  },
  'PUT /_emulator/quotes': (state, _query, body) => {
    const quotes = Object.entries(asRecord(body)).map(([day, rate]) => [day, Number(rate)] as const)
    state.quotes = quotes.length === 0 ? undefined : Object.fromEntries(quotes)
    return ok
  },
  'PUT /_emulator/report-skew': (state, _query, body) => {
    const skew = Object.entries(asRecord(body)).map(([model, factor]) => [model, Number(factor)] as const)
    const wrong = skew.find(([, factor]) => !Number.isFinite(factor) || factor < 0)
    if (wrong) throw new UnknownFaultError(`report-skew: ${wrong[0]} needs a number from 0 up`)
    state.reportSkew = Object.fromEntries(skew)
    return ok
  },
  'DELETE /_emulator/reset': resetAll,
  'POST /_emulator/reset': resetAll,
}

/** The emulator's own routes, under `/_emulator/`. They need no key: it listens on loopback only. */
export async function serveControl(
  state: EmulatorState,
  path: string,
  query: URLSearchParams,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const handler = handlers[`${incoming.method} ${path}`]
  const body = parseBody(await readBody(incoming))
  if (handler === undefined) return sendJson(response, 404, { error: `no such control route: ${incoming.method} ${path}` })
  try {
    sendJson(response, 200, handler(state, query, body))
  } catch (error) {
    if (!(error instanceof UnknownFaultError)) throw error
    sendJson(response, 400, { error: error.message })
  }
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

function resetAll(state: EmulatorState): unknown {
  state.reset()
  return ok
}

/** `?call=`, `?requestId=`, `?provider=`, `?outcome=` select; `?after=SEQUENCE&limit=N` page. */
function selectCalls(calls: ServedCall[], query: URLSearchParams): ServedCall[] {
  const after = Number(query.get('after') ?? 0)
  const wanted = (['call', 'requestId', 'provider', 'outcome'] as const).flatMap((field) => {
    const value = query.get(field)
    return value === null ? [] : [(call: ServedCall) => call[field] === value]
  })
  const selected = calls.filter((call) => call.sequence > after && wanted.every((matches) => matches(call)))
  return selected.slice(0, Number(query.get('limit') ?? selected.length))
}
