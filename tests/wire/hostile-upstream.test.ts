import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { silentWav } from '../../src/emulator/index.ts'
import { emulatorKeys, startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { reportFigure } from '../_support/report-figure.ts'
import { startStopwatch } from '../_support/stopwatch.ts'
import { failureOf, readStream, sdk, user } from './_support/caller.ts'
import { expectBooksClosed, setShared, settled, untilRateIsKnown } from './_support/settled.ts'

/** What the emulator, which plays honest providers, would never do. */
const deeds: Record<string, RequestListener> = {
  // One line without an end, as fast as it is read.
  endless(_request, response) {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('data: {"choices":[{"index":0,"delta":{"content":"')
    const piece = 'a'.repeat(256 * 1024)
    const go = () => {
      while (!response.destroyed && response.write(piece));
    }
    response.on('drain', go)
    go()
  },
  redirect(_request, response) {
    response.writeHead(307, { location: `${hostileUrl}/elsewhere` })
    response.end()
  },
  bomb(_request, response) {
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
    response.end(gzipSync(Buffer.alloc(50 * 1024 * 1024)))
  },
  // Quotes the key, as real providers do, in the middle of a sentence.
  gossip(request, response) {
    response.writeHead(418, { 'content-type': 'application/json', 'set-cookie': 'a=b', 'x-request-id': 'req_hostile' })
    response.end(JSON.stringify({ error: { message: `Sorry, ${request.headers.authorization} is not a teapot.` } }))
  },
  // What it finds wrong with the call it says in the stream, as OpenAI's Responses API and Anthropic do.
  verdict(request, response) {
    const error = { type: 'invalid_request_error', code: 'invalid_prompt', message: 'Not this' }
    const failed = { type: 'response.failed', response: { status: 'failed', error, usage: null } }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(`data: ${JSON.stringify(request.url?.endsWith('/responses') ? failed : { type: 'error', error })}\n\n`)
  },
  // What is no sound, where sound was asked for.
  overload(_request, response) {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.write('{"error":{"type":"server_error","code":null,')
    setImmediate(() => response.end('"message":"The server is overloaded"}}'))
  },
  page(_request, response) {
    response.writeHead(200, { 'content-type': 'text/html' })
    response.write('<html><body>')
    setImmediate(() => response.end('Log in</body></html>'))
  },
  nothing(_request, response) {
    response.writeHead(200, { 'content-type': 'audio/mpeg' })
    response.end()
  },
  // As servers do that read a form's `True` as what it is.
  transcript(_request, response) {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('data: {"type":"transcript.text.delta","delta":"Oi"}\n\n')
    response.end('data: {"type":"transcript.text.done","text":"Oi","usage":{"type":"duration","seconds":2}}\n\n')
  },
  sound(_request, response) {
    response.writeHead(200, { 'content-type': 'audio/mpeg' })
    response.end('spoken')
  },
  html(_request, response) {
    response.writeHead(502, { 'content-type': 'text/html' })
    response.end('<html><body><h1>502 Bad Gateway</h1>nginx/1.2.3 at 10.1.2.3</body></html>')
  },
}
/** What it does instead from the second visit on. */
const later: Record<string, string> = { overload: 'sound', page: 'sound', nothing: 'sound' }

let gateway: TestGateway
let server: Server
let hostileUrl = ''
let deed = 'html'
let visits: string[] = []

beforeAll(async () => {
  server = createServer((request, response) => {
    visits.push(request.url ?? '')
    request.resume()
    request.once('end', () => deeds[visits.length > 1 && deed in later ? (later[deed] as string) : deed]?.(request, response))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  hostileUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  gateway = await startTestGateway({ env: { OPENAI_BASE_URL: `${hostileUrl}/v1`, ANTHROPIC_BASE_URL: `${hostileUrl}/v1` } })
  await untilRateIsKnown(gateway)
  await setShared(gateway, { chain: [] })
})
afterAll(async () => {
  await gateway.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})
afterEach(() => expectBooksClosed(gateway))

const models = ['openai/gpt-4o-mini', 'anthropic/claude-sonnet-4-5'] as const

test.each(models)('a line without an end is refused within a second, without keeping all of it (S7, %s)', async (model) => {
  deed = 'endless'
  const elapsedMs = startStopwatch()
  const failure = await readStream(sdk(gateway), { model, messages: user('Oi') }).catch((error: unknown) => error)
  const tookMs = elapsedMs()
  expect(tookMs).toBeLessThan(model.startsWith('openai') ? 1000 : 3000)
  reportFigure('S7', undefined, `a line without an end (${model}): let go of after ${Math.round(tookMs)} ms`)
  expect(failure).toMatchObject({ status: 502, code: 'malformed_response' })
  const row = await settled(gateway, (failure as { requestID: string }).requestID)
  expect(row).toMatchObject({ status: 'estimated', error_code: 'malformed_response' })
})

test.each(models)('a redirect is not followed, nor charged: the key goes nowhere else (%s)', async (model) => {
  deed = 'redirect'
  visits = []
  const failure = await failureOf(sdk(gateway).chat.completions.create({ model, messages: user('Oi') }))
  expect({ status: failure.status, code: failure.code }).toEqual({ status: 502, code: 'malformed_response' })
  expect(visits).toHaveLength(1)
  expect(await settled(gateway, failure.requestID)).toMatchObject({ status: 'error', total_tokens: 0n, flags: [] })
})

test.each(models)('a compressed answer, which nobody asked for, is not opened (%s)', async (model) => {
  deed = 'bomb'
  const elapsedMs = startStopwatch()
  const failure = await failureOf(sdk(gateway).chat.completions.create({ model, messages: user('Oi') }))
  const tookMs = elapsedMs()
  expect(tookMs).toBeLessThan(1000)
  reportFigure('S7', undefined, `a gzip bomb (${model}): refused after ${Math.round(tookMs)} ms`)
  expect({ status: failure.status, code: failure.code }).toEqual({ status: 502, code: 'malformed_response' })
  await settled(gateway, failure.requestID)
})

test.each(models)('a provider that quotes our key does not tell it to the caller, nor to the ledger (%s)', async (model) => {
  deed = 'gossip'
  const failure = await failureOf(sdk(gateway).chat.completions.create({ model, messages: user('Oi') }))
  const row = await settled(gateway, failure.requestID)
  const said = JSON.stringify([failure.message, failure.error, [...(failure.headers ?? [])], row], (_name, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  )
  expect(failure.status).toBe(418)
  for (const key of Object.values(emulatorKeys)) expect(said).not.toContain(key)
  expect(failure.headers?.get('set-cookie')).toBeNull()
})

test.each(models)('a proxy’s page of HTML does not reach the caller (%s)', async (model) => {
  deed = 'html'
  const failure = await failureOf(sdk(gateway).chat.completions.create({ model, messages: user('Oi') }))
  expect({ status: failure.status, code: failure.code }).toEqual({ status: 503, code: 'upstream_overloaded' })
  expect(failure.message).not.toMatch(/nginx|<html|10\.1\.2\.3/)
  expect(await settled(gateway, failure.requestID)).toMatchObject({ status: 'error', total_tokens: 0n })
})

test.each([
  ['/v1/chat/completions', 'openai/gpt-4o-mini', { max_tokens: 1000 }],
  ['/v1/responses', 'openai/gpt-4o-mini', { max_output_tokens: 1000 }],
  ['/v1/messages', 'anthropic/claude-sonnet-4-5', { max_tokens: 1000 }],
])('a verdict on the call that comes in its stream is one, and not charged as an answer that was lost (%s)', async (path, model, limit) => {
  deed = 'verdict'
  const body = { model, stream: true, ...limit, ...(path.endsWith('responses') ? { input: 'Oi' } : { messages: user('Oi') }) }
  const headers = { authorization: `Bearer ${gateway.client.key}`, 'content-type': 'application/json' }
  const answer = await fetch(`${gateway.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  const { error } = (await answer.json()) as { error: { code: string; message: string } }
  expect({ status: answer.status, code: error.code }).toEqual({ status: 400, code: 'upstream_invalid_request' })
  expect(error.message).toContain('Not this')
  expect(await settled(gateway, answer.headers.get('x-request-id'))).toMatchObject({ status: 'estimated', output_tokens: 0n })
})

test.each([
  ['overload', 'upstream_overloaded'],
  ['page', 'malformed_response'],
  ['nothing', 'malformed_response'],
])('an answer with status 200 that is no sound is none, and the fallback is asked (%s)', async (what, code) => {
  deed = what
  visits = []
  const asked = { model: 'openai/tts-1', voice: 'alloy', input: 'Bom dia!' }
  await setShared(gateway, { chain: ['openai/tts-1-hd'] })
  const response = await sdk(gateway).audio.speech.create(asked)
  expect(await response.text()).toBe('spoken')
  const row = await settled(gateway, response.headers.get('x-catraca-call-id'))
  expect(row).toMatchObject({
    model_name: 'tts-1-hd',
    was_fallback: true,
    error_code: null,
    attempts: [{ error: code }, { model: 'tts-1-hd', status: 200 }],
  })

  visits = []
  await setShared(gateway, { chain: [] })
  const failure = await failureOf(sdk(gateway).audio.speech.create(asked))
  expect(failure.code).toBe(code)
  expect(await settled(gateway, failure.requestID)).toMatchObject({ error_code: code, attempts: [{ error: code }] })
})

test('a form that asks for a stream as Python writes it is answered with one', async () => {
  deed = 'transcript'
  const form = new FormData()
  form.append('model', 'openai/whisper-1')
  form.append('stream', 'True')
  form.append('file', new File([new Uint8Array(silentWav(44_100 * 2))], 'fala.wav'))
  const headers = { authorization: `Bearer ${gateway.client.key}` }
  const answer = await fetch(`${gateway.url}/v1/audio/transcriptions`, { method: 'POST', headers, body: form })
  expect({ status: answer.status, type: answer.headers.get('content-type') }).toEqual({
    status: 200,
    type: 'text/event-stream; charset=utf-8',
  })
  expect(await answer.text()).toContain('transcript.text.done')
  expect(await settled(gateway, answer.headers.get('x-catraca-call-id'))).toMatchObject({ status: 'ok', error_code: null })
})
