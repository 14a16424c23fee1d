import { Agent, type IncomingMessage, request } from 'node:http'

/** How a call looked to its caller. */
export interface CallerView {
  /** Undefined where no answer came at all. */
  status: number | undefined
  callId: string | undefined
  /** The whole answer was there: the body to its length, or the stream to its `[DONE]`. */
  complete: boolean
  /** Of a refusal or an error event. */
  errorCode: string | undefined
  text: string
  ms: number
}

export interface CallOptions {
  url: string
  key: string
  body: object
  agent?: Agent
  headers?: Record<string, string>
  /** When it leaves, as a caller does that closes the window. */
  leave?: AbortSignal | undefined
  /** Called when the first byte of the body is here. */
  onFirstByte?: () => void
  /** Called when the last frame, or the whole body, is here. */
  onComplete?: () => void
}

export function newAgent(): Agent {
  return new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })
}

/** One `POST /v1/chat/completions` by plain node:http. Never throws: a killed gateway is a view without a whole answer. */
export function callGateway(options: CallOptions): Promise<CallerView> {
  const { url, key, body, agent, headers, leave, onFirstByte, onComplete } = options
  const beganMs = performance.now()
  const payload = Buffer.from(JSON.stringify(body))
  return new Promise((resolve) => {
    const view: CallerView = { status: undefined, callId: undefined, complete: false, errorCode: undefined, text: '', ms: 0 }
    const end = () => {
      view.errorCode = /"code": ?"([a-z_]+)"/.exec(view.text)?.[1]
      view.ms = performance.now() - beganMs
      resolve(view)
    }
    const outgoing = request(`${url}/v1/chat/completions`, {
      method: 'POST',
      ...(agent && { agent }),
      ...(leave && { signal: leave }),
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'content-length': payload.length, ...headers },
    })
    outgoing.on('response', (response) => follow(response, view, onComplete, onFirstByte))
    outgoing.on('error', end)
    outgoing.on('close', end)
    outgoing.end(payload)
  })
}

function follow(
  response: IncomingMessage,
  view: CallerView,
  onComplete: (() => void) | undefined,
  onFirstByte: (() => void) | undefined,
): void {
  view.status = response.statusCode
  view.callId = response.headers['x-catraca-call-id']?.toString()
  const isStream = response.headers['content-type']?.startsWith('text/event-stream') === true
  const complete = () => {
    view.complete = true
    onComplete?.()
  }
  response.setEncoding('utf8')
  response.on('data', (text: string) => {
    if (view.text === '') onFirstByte?.()
    view.text += text
    if (isStream && !view.complete && view.text.includes('data: [DONE]')) complete()
  })
  response.on('end', () => {
    if (!isStream && response.complete) complete()
  })
  response.on('error', () => {})
}
