// The same proxy as most people write it: `request` and `pipeline`, with the body piped in and out. For scale, beside the bare one.
import { createServer } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { Pool } from 'undici'
import { serveParent } from './child.ts'
import { listen } from './listen.ts'

const [, , upstreamUrl = ''] = process.argv
const pool = new Pool(upstreamUrl, { connections: 256, pipelining: 1, allowH2: false, headersTimeout: 0, bodyTimeout: 0 })

const server = createServer({ keepAliveTimeout: 60_000 }, async (request, response) => {
  const answer = await pool.request({
    path: request.url ?? '/',
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: request.headers.authorization ?? '' },
    body: request,
  })
  const length = answer.headers['content-length']
  response.writeHead(answer.statusCode, {
    'content-type': String(answer.headers['content-type']),
    ...(typeof length === 'string' && { 'content-length': length }),
  })
  await pipeline(answer.body, response)
})

serveParent({ url: await listen(server) }, async () => {
  server.closeAllConnections()
  await pool.destroy()
})
