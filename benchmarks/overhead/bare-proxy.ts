// What the gateway is compared with: the least that a proxy can do. The body in, the same body out by undici's `dispatch`, the answer
// streamed back with backpressure. No key check, no budget, no record, no parsing, no timeout.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type Dispatcher, Pool } from 'undici'
import { serveParent } from './child.ts'
import { listen } from './listen.ts'

const [, , upstreamUrl = ''] = process.argv
const pool = new Pool(upstreamUrl, { connections: 256, pipelining: 1, allowH2: false, headersTimeout: 0, bodyTimeout: 0 })

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const [only] = chunks
    forward(request, chunks.length === 1 && only ? only : Buffer.concat(chunks), response)
  })
})

function forward(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
  const handler: Dispatcher.DispatchHandler = {
    onRequestStart() {},
    onResponseStart(_controller, status, headers) {
      const length = headers['content-length']
      response.writeHead(status, {
        'content-type': String(headers['content-type']),
        ...(typeof length === 'string' && { 'content-length': length }),
      })
    },
    onResponseData(controller, chunk) {
      if (response.write(chunk)) return
      controller.pause()
      response.once('drain', () => controller.resume())
    },
    onResponseEnd: () => response.end(),
    onResponseError: () => response.destroy(),
  }
  const headers = { 'content-type': 'application/json', authorization: request.headers.authorization ?? '' }
  pool.dispatch({ path: request.url ?? '/', method: 'POST', headers, body }, handler)
}

serveParent({ url: await listen(server) }, async () => {
  server.closeAllConnections()
  await pool.destroy()
})
