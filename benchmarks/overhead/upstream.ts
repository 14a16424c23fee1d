// A provider that costs next to nothing: the same answer to everybody, at once, or piece by piece on one timer for all streams.
import { createServer, type ServerResponse } from 'node:http'
import { serveParent } from './child.ts'
import { listen } from './listen.ts'
import { streamedFrames, wholeAnswer } from './sample-call.ts'

/** Time between two pieces: long enough that each reaches the gateway by itself, whichever proxy is measured. */
const chunkEveryMs = 5

const streams = new Map<ServerResponse, number>()
setInterval(() => {
  for (const [response, at] of streams) {
    const frame = streamedFrames[at]
    streams.set(response, at + 1)
    if (at < streamedFrames.length - 1) response.write(frame)
    else {
      streams.delete(response)
      response.end(frame)
    }
  }
}, chunkEveryMs)

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  let isStream = false
  request.on('data', (chunk: Buffer) => {
    isStream ||= chunk.includes('"stream":true')
  })
  request.on('end', () => {
    if (isStream) {
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-request-id': 'req_bench' })
      response.flushHeaders()
      streams.set(response, 0)
      response.on('close', () => streams.delete(response))
      return
    }
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': wholeAnswer.length,
      'x-request-id': 'req_bench',
    })
    response.end(wholeAnswer)
  })
})

serveParent({ url: await listen(server, Number(process.argv[2] ?? 0)) }, async () => {
  server.closeAllConnections()
})
