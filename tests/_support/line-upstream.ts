import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type AttemptOptions, type AttemptOutcome, createUpstream, defaultBaseUrls, type Target } from '../../src/providers/index.ts'
import { lineRequest, lines, TestSink } from './line-dialect.ts'

export const openaiKey = 'sk-test-0123456789'
export const gatewayKey = 'vck_test_0123456789'
export const timeouts = { connectMs: 20_000, firstByteMs: 20_000, idleMs: 20_000, totalMs: 60_000 }
export const direct: Target = { identifier: 'openai/gpt-4o-mini', creator: 'openai', modelName: 'gpt-4o-mini', via: 'direct' }

export type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void

/** What a test file has to close after each test: `afterEach(closeAll)`. */
export const closers: (() => Promise<unknown> | unknown)[] = []

export async function closeAll(): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close()
}

/** A server that answers as told, until the test has ended. */
export async function serve(handler: Handler): Promise<string> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    handler(request, response, Buffer.concat(chunks).toString())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
}

interface Attempt extends Partial<AttemptOptions> {
  baseUrl: string
  stream?: boolean
  sink?: TestSink
}

/** One attempt of a call in the dialect of lines at that server. */
export function attempt({ baseUrl, stream = true, sink = new TestSink(), ...options }: Attempt): Promise<AttemptOutcome<Buffer>> {
  const upstream = createUpstream({
    baseUrls: { ...defaultBaseUrls, openai: baseUrl, groq: baseUrl, google: baseUrl, vercel: baseUrl.replace('/v1', '/') },
    userAgent: 'catraca/test',
  })
  closers.push(() => upstream.close())
  return upstream.attemptPassthrough(
    lines,
    lineRequest(stream),
    {
      target: direct,
      credentials: { gatewayKey, providerKeys: { openai: openaiKey, groq: 'gsk_test_1', google: 'AIza-test-1' }, user: 'acme' },
      maxOutputTokens: 100,
      timeouts,
      signal: new AbortController().signal,
      ...options,
    },
    sink,
  )
}
