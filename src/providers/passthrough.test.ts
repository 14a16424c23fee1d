import { setTimeout as wait } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import { lineRequest, lines, TestSink } from '../../tests/_support/line-dialect.ts'
import { attempt, closeAll, closers, direct, gatewayKey, openaiKey, serve, timeouts } from '../../tests/_support/line-upstream.ts'
import { startStopwatch } from '../../tests/_support/stopwatch.ts'
import { type AttemptOutcome, createUpstream, defaultBaseUrls, type Target } from './index.ts'

afterEach(closeAll)

const textOf = (outcome: AttemptOutcome<Buffer>) => Buffer.concat(outcome.tail).toString()

test('a whole answer waits in the tail; only our own headers go out', async () => {
  let seen: { url: string; headers: NodeJS.Dict<string | string[]>; body: Record<string, unknown> } | undefined
  const baseUrl = await serve((incoming, response, body) => {
    seen = { url: incoming.url ?? '', headers: incoming.headers, body: JSON.parse(body) }
    response.writeHead(200, { 'content-type': 'application/json', 'x-request-id': 'req_1' }).end('text end')
  })
  const sink = new TestSink()
  const outcome = await attempt({ baseUrl, stream: false, sink })
  expect(outcome).toMatchObject({ error: undefined, httpStatus: 200, reached: true, finished: true, requestId: 'req_1' })
  expect(outcome.firstTokenMs).toBeUndefined()
  expect(textOf(outcome)).toBe('text end')
  expect(sink.begun).toBe(0)
  expect(seen?.url).toBe('/v1/chat/completions')
  expect(seen?.body).toMatchObject({ model: 'gpt-4o-mini', maxOutputTokens: 100, limitField: 'max_tokens', caller: 'as it was' })
  expect(Object.keys(seen?.headers ?? {}).sort()).toEqual(
    ['accept', 'accept-encoding', 'authorization', 'connection', 'content-length', 'content-type', 'host', 'user-agent'].sort(),
  )
  expect(seen?.headers).toMatchObject({ authorization: `Bearer ${openaiKey}`, 'user-agent': 'catraca/test', 'accept-encoding': 'identity' })
})

test('a stream begins with its first content and ends in the tail', async () => {
  const sink = new TestSink()
  const whenBegun: string[] = []
  const baseUrl = await serve(async (_incoming, response) => {
    response.write('role\n')
    await wait(30)
    whenBegun.push(`${sink.begun} ${sink.text}`)
    response.write('text olá 🎉\n')
    await wait(30)
    whenBegun.push(`${sink.begun} ${sink.text}`)
    response.end('end\n')
  })
  const outcome = await attempt({ baseUrl, sink })
  expect(outcome).toMatchObject({ error: undefined, finished: true, reached: true })
  expect(whenBegun).toEqual(['0 ', '1 role\ntext olá 🎉\n'])
  expect(textOf(outcome)).toBe('end\n')
  expect(outcome.firstTokenMs).toBeGreaterThanOrEqual(20)
})

test('a stream without content is all tail', async () => {
  const sink = new TestSink()
  const baseUrl = await serve((_incoming, response) => {
    response.write('role\n')
    setTimeout(() => response.end('end\n'), 10)
  })
  const outcome = await attempt({ baseUrl, sink })
  expect(outcome.finished).toBe(true)
  expect(sink.begun).toBe(0)
  expect(textOf(outcome)).toBe('role\nend\n')
})

test.each([
  ['groq', 'direct', '/v1/chat/completions', 'Bearer gsk_test_1', 'llama-3.3-70b-versatile'],
  ['groq', 'vercel', '/v1/chat/completions', `Bearer ${gatewayKey}`, 'meta/llama-3.3-70b'],
  ['google', 'direct', '/v1/openai/chat/completions', 'Bearer AIza-test-1', 'llama-3.3-70b-versatile'],
] as const)('%s via %s', async (creator, via, url, authorization, model) => {
  const baseUrl = await serve((incoming, response, body) => {
    response.end(`end ${JSON.stringify([incoming.url, incoming.headers.authorization, JSON.parse(body).model])}`)
  })
  const target: Target = { identifier: `${creator}/x`, creator, modelName: 'llama-3.3-70b-versatile', via }
  expect(textOf(await attempt({ baseUrl, target }))).toBe(`end ${JSON.stringify([url, authorization, model])}`)
})

test('to Vercel the provider’s key goes in the body, and the caller’s own routing does not', async () => {
  const baseUrl = await serve((_incoming, response, body) => response.end(`end ${body}`))
  const upstream = createUpstream({ baseUrls: () => baseUrl.replace('/v1', '') })
  closers.push(() => upstream.close())
  const call = lineRequest(false)
  call.body = {
    ...call.body,
    models: ['openai/gpt-5-pro'],
    providerOptions: {
      gateway: { byok: { openai: [{ apiKey: 'sk-test-of-the-caller' }] }, models: ['openai/gpt-5-pro'] },
      openai: { store: false },
    },
  }
  const outcome = await upstream.attemptPassthrough(
    lines,
    call,
    {
      target: { ...direct, via: 'vercel' },
      credentials: { gatewayKey, providerKeys: { openai: openaiKey, groq: 'gsk_test_1' }, user: 'acme' },
      maxOutputTokens: undefined,
      timeouts,
      signal: new AbortController().signal,
    },
    new TestSink(),
  )
  const sent = JSON.parse(textOf(outcome).slice(4))
  expect(sent.model).toBe('openai/gpt-4o-mini')
  expect(sent.models).toEqual(['openai/gpt-4o-mini'])
  expect(sent.providerOptions).toEqual({
    openai: { store: false },
    gateway: { byok: { openai: [{ apiKey: openaiKey }] }, user: 'acme', only: ['openai'] },
  })
})

test('a thinking budget that is added behind Vercel fits into the hold’s limit with the answer', async () => {
  const baseUrl = await serve((_incoming, response, body) => response.end(`end ${body}`))
  const upstream = createUpstream({ baseUrls: () => baseUrl.replace('/v1', '') })
  closers.push(() => upstream.close())
  const call = lineRequest(false)
  call.body = { ...call.body, reasoning: { enabled: true, max_tokens: 50_000 } }
  const options = {
    target: { identifier: 'anthropic/claude-haiku-4-5', creator: 'anthropic', modelName: 'claude-haiku-4-5', via: 'vercel' } as const,
    credentials: { gatewayKey, providerKeys: {}, user: 'acme' },
    timeouts,
    signal: new AbortController().signal,
  }
  const outcome = await upstream.attemptPassthrough(lines, call, { ...options, maxOutputTokens: 4096 }, new TestSink())
  expect(JSON.parse(textOf(outcome).slice(4))).toMatchObject({ maxOutputTokens: 2049, reasoning: { enabled: true, max_tokens: 2047 } })
})

test.each([
  [400, 'upstream_invalid_request', 400],
  [401, 'upstream_auth', 502],
  [404, 'upstream_invalid_request', 404],
  [429, 'upstream_rate_limited', 429],
  [500, 'upstream_overloaded', 503],
  [529, 'upstream_overloaded', 503],
])('status %i is %s', async (status, code, httpStatus) => {
  const baseUrl = await serve((_incoming, response) => response.writeHead(status, { 'retry-after': '7' }).end('no'))
  const outcome = await attempt({ baseUrl })
  expect(outcome).toMatchObject({ error: { code, httpStatus }, httpStatus: status, reached: true, finished: false, tail: [] })
  if (status === 429) expect(outcome.error?.retryAfterMs).toBe(7000)
})

test.each([400, 401, 403, 429, 500])('a key that status %i echoes stays out of the error', async (status) => {
  const baseUrl = await serve((incoming, response) => {
    response.writeHead(status).end(`Incorrect key: ${incoming.headers.authorization} or ${openaiKey} or ${gatewayKey}`)
  })
  const { error } = await attempt({ baseUrl })
  const told = `${error?.publicMessage} ${error?.stack} ${JSON.stringify(error?.details)}`
  expect(told).not.toContain(openaiKey)
  expect(told).not.toContain(gatewayKey)
  expect(told).not.toContain('0123456789')
})

test('an endless error is cut at 64 kB', async () => {
  let sent = 0
  const baseUrl = await serve((_incoming, response) => {
    response.writeHead(500)
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(1000))) sent += 1000
      if (!response.destroyed) response.once('drain', more)
    }
    more()
  })
  const outcome = await attempt({ baseUrl })
  expect(outcome.error?.code).toBe('upstream_overloaded')
  expect(outcome.error?.message.length).toBeLessThan(1000)
  expect(sent).toBeLessThan(20_000_000)
})

test('an endless answer is refused', async () => {
  const baseUrl = await serve((_incoming, response) => {
    const piece = 'x'.repeat(1_000_000)
    const more = () => {
      while (!response.destroyed && response.write(piece));
      if (!response.destroyed) response.once('drain', more)
    }
    more()
  })
  const elapsedMs = startStopwatch()
  const outcome = await attempt({ baseUrl })
  expect(outcome.error?.code).toBe('malformed_response')
  expect(elapsedMs()).toBeLessThan(1000)
})

test.each([
  [301, { location: 'http://127.0.0.1:9/steal' }, 'x'],
  [200, { 'content-encoding': 'gzip' }, gzipSync('text end')],
])('status %i with %j is refused', async (status, headers, body) => {
  const baseUrl = await serve((_incoming, response) => response.writeHead(status, headers).end(body))
  const outcome = await attempt({ baseUrl })
  expect(outcome).toMatchObject({ error: { code: 'malformed_response', fallback: true }, reached: true, finished: false })
})

test('nobody there: unreachable, and certainly not billed', async () => {
  const baseUrl = await serve(() => {})
  await closers.splice(0)[0]?.()
  const outcome = await attempt({ baseUrl })
  expect(outcome).toMatchObject({ error: { code: 'upstream_unreachable' }, httpStatus: undefined, reached: false, finished: false })
})

test('a name that does not resolve', async () => {
  const outcome = await attempt({ baseUrl: 'http://catraca.invalid/v1', timeouts: { ...timeouts, connectMs: 4000 } })
  expect(outcome).toMatchObject({ error: { code: 'upstream_unreachable' }, reached: false })
})

test('TLS that fails', async () => {
  const baseUrl = await serve(() => {})
  const outcome = await attempt({ baseUrl: baseUrl.replace('http:', 'https:') })
  expect(outcome).toMatchObject({ error: { code: 'upstream_unreachable' }, reached: false })
})

test('a reset after the request was sent may have been billed, and is not sent again', async () => {
  let calls = 0
  const baseUrl = await serve((_incoming, response) => {
    calls++
    response.socket?.resetAndDestroy()
  })
  const outcome = await attempt({ baseUrl })
  expect(outcome).toMatchObject({ error: { code: 'stream_cut' }, httpStatus: undefined, reached: true, finished: false })
  await wait(50)
  expect(calls).toBe(1)
})

test('a cut in the middle keeps what was seen', async () => {
  const baseUrl = await serve((_incoming, response) => {
    response.write('text one\n')
    setTimeout(() => response.socket?.resetAndDestroy(), 30)
  })
  const sink = new TestSink()
  const outcome = await attempt({ baseUrl, sink })
  expect(outcome).toMatchObject({ error: { code: 'stream_cut' }, httpStatus: 200, finished: false, report: { outputBytes: 9 }, tail: [] })
  expect(sink.text).toBe('text one\n')
})

test('a cut after the answer’s own end is no cut', async () => {
  const baseUrl = await serve((_incoming, response) => {
    response.write('text one\n')
    setTimeout(() => response.write('end\n'), 10)
    setTimeout(() => response.socket?.resetAndDestroy(), 30)
  })
  const outcome = await attempt({ baseUrl })
  expect(outcome).toMatchObject({ error: undefined, finished: true })
  expect(textOf(outcome)).toBe('end\n')
})

test('a broken answer is not read to its end', async () => {
  const baseUrl = await serve((_incoming, response) => response.write('garbage\n'))
  const outcome = await attempt({ baseUrl, timeouts: { ...timeouts, idleMs: 3000 } })
  expect(outcome).toMatchObject({ error: { code: 'malformed_response' }, reached: true, finished: false, tail: [] })
  expect(outcome.latencyMs).toBeLessThan(2500)
})

test('an answer without an end is the tap’s error, and its remains are dropped', async () => {
  const baseUrl = await serve((_incoming, response) => response.end('<html>'))
  expect(await attempt({ baseUrl, stream: false })).toMatchObject({ error: { code: 'malformed_response' }, finished: false, tail: [] })
})

test('without its key a target is refused, not tried with another', async () => {
  let calls = 0
  const baseUrl = await serve(() => calls++)
  const outcome = await attempt({ baseUrl, credentials: { gatewayKey, providerKeys: { groq: 'gsk_test_1' }, user: 'acme' } })
  expect(outcome).toMatchObject({ error: { code: 'gateway_without_keys' }, reached: false })
  expect(outcome.error?.message).toContain('Gateway enabled but no config found')
  expect(calls).toBe(0)
})

test('connections are used again', async () => {
  const sockets = new Set<unknown>()
  const baseUrl = await serve((incoming, response) => {
    sockets.add(incoming.socket)
    response.end('end')
  })
  const upstream = createUpstream({ baseUrls: { ...defaultBaseUrls, openai: baseUrl } })
  closers.push(() => upstream.close())
  for (let call = 0; call < 20; call++) {
    const outcome = await upstream.attemptPassthrough(
      lines,
      lineRequest(false),
      {
        target: direct,
        credentials: { gatewayKey: undefined, providerKeys: { openai: openaiKey }, user: 'acme' },
        maxOutputTokens: undefined,
        timeouts,
        signal: new AbortController().signal,
      },
      new TestSink(),
    )
    expect(outcome.finished).toBe(true)
  }
  // Two at most: a connection is free again one turn of the event loop after its answer.
  expect(sockets.size).toBeLessThanOrEqual(2)
})
