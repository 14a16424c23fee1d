import { once } from 'node:events'
import type { Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FastLane } from './fast-lane.ts'

const pieces = ['olá', ' ☕', 'x'.repeat(70_000)]
let lane: FastLane
let server: Server
let url: string
let isStopping: boolean

beforeEach(async () => {
  isStopping = false
  lane = new FastLane({
    bodyLimitBytes: 1_000,
    idleMs: 60_000,
    requestTimeoutMs: 60_000,
    keepAliveMs: 60_000,
    isStopping: () => isStopping,
    headers: { 'x-content-type-options': 'nosniff' },
  })
  lane.add('/v1/fast', async ({ body }, response) => {
    response.writeHead(200, { 'x-lane': 'fast' })
    for (const piece of pieces) response.write(Buffer.from(piece))
    response.end(body)
  })
  server = lane.createServer((_request, response) => response.end('slow'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/fast`
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

async function post(body: string | ReadableStream, { to = url, type = 'application/json' } = {}): Promise<string> {
  const headers = { 'content-type': type }
  const answer = await fetch(to, { method: 'POST', headers, body, ...(typeof body !== 'string' && { duplex: 'half' }) })
  return await answer.text()
}

test('a small body of JSON is answered past the others, its pieces whole and in order', async () => {
  expect(await post('{"a":1}')).toBe(`${pieces.join('')}{"a":1}`)
  expect(await post('{"b":2}', { type: 'application/json; charset=utf-8' })).toBe(`${pieces.join('')}{"b":2}`)
})

test('everything else goes to the others, and so does everything while the server stops', async () => {
  expect(await post('{}', { to: `${url}?a=1` })).toBe('slow')
  expect(await post('{}', { to: `${url}/` })).toBe('slow')
  expect(await post('{}', { type: 'text/plain' })).toBe('slow')
  expect(await post('')).toBe('slow')
  expect(await post('x'.repeat(1_001))).toBe('slow')
  expect(await post(new Blob(['{}']).stream())).toBe('slow')
  expect(await (await fetch(url)).text()).toBe('slow')
  isStopping = true
  expect(await post('{"a":1}')).toBe('slow')
  isStopping = false
  lane.close()
  expect(await post('{"a":1}')).toBe('slow')
})

test('a piece goes out with its frame as HTTP says it, and unframed to a caller of HTTP/1.0', async () => {
  const whole = `${pieces.join('')}{}`
  const frames = pieces.map((piece) => `${Buffer.byteLength(piece).toString(16)}\r\n${piece}\r\n`).join('')
  expect(await raw('1.1')).toMatch(/transfer-encoding: chunked/i)
  expect(await raw('1.1')).toMatch(/x-content-type-options: nosniff/i)
  expect((await raw('1.1')).split('\r\n\r\n').slice(1).join('\r\n\r\n')).toBe(`${frames}2\r\n{}\r\n0\r\n\r\n`)
  expect((await raw('1.0')).split('\r\n\r\n')[1]).toBe(whole)
})

async function raw(version: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  const head = ['host: a', 'content-type: application/json', 'content-length: 2', 'connection: close']
  socket.write(`POST /v1/fast HTTP/${version}\r\n${head.join('\r\n')}\r\n\r\n{}`)
  return await text(socket)
}
