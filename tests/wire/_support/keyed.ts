import { connect, createServer, type Socket } from 'node:net'
import { expect } from 'vitest'
import type { TestClient } from '../../_support/gateway.ts'

export interface Seen {
  status: number
  callId: string
  replayed: boolean
  headers: Record<string, string>
  /** As it came, up to where it broke off. */
  body: string
  isCut: boolean
  code: string | undefined
}

export interface Asking {
  url: string
  client: TestClient
  signal?: AbortSignal
  headers?: Record<string, string>
}

/** One POST with the key, read to whatever its end is. */
export async function askOnce(key: string, body: unknown, { url, client, signal, headers }: Asking): Promise<Seen> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${client.key}`, 'content-type': 'application/json', 'idempotency-key': key, ...headers },
    body: JSON.stringify(body),
    ...(signal && { signal }),
  })
  const pieces: Uint8Array[] = []
  let isCut = false
  try {
    for await (const piece of response.body ?? []) pieces.push(piece)
  } catch {
    isCut = true
  }
  const text = Buffer.concat(pieces).toString()
  return {
    status: response.status,
    callId: response.headers.get('x-catraca-call-id') ?? '',
    replayed: response.headers.get('idempotent-replayed') === 'true',
    headers: Object.fromEntries(response.headers),
    body: text,
    isCut,
    code: /"code": ?"(\w+)"/.exec(text)?.[1],
  }
}

/** The same answer once more, and said to be so. */
export function expectReplayOf(first: Seen, replay: Seen): void {
  const { date: _a, 'transfer-encoding': _b, 'content-length': _c, connection: _d, 'keep-alive': _e, ...headers } = first.headers
  expect(replay.body).toBe(first.body)
  // Where the limits stand is said of the moment, and a repeat counts against none.
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('x-ratelimit-')))
  expect(replay.headers).toMatchObject({ ...kept, 'idempotent-replayed': 'true' })
  expect([replay.status, replay.callId, replay.isCut]).toEqual([first.status, first.callId, first.isCut])
}

/** Passes connections on, and cuts the first so many as soon as an answer comes back. */
export async function openCutter(targetUrl: string, cuts: number): Promise<{ url: string; close(): Promise<void> }> {
  const sockets = new Set<Socket>()
  let left = cuts
  const server = createServer((caller) => {
    const target = connect(Number(new URL(targetUrl).port), '127.0.0.1')
    for (const socket of [caller, target]) {
      sockets.add(socket)
      socket.on('error', () => {})
    }
    caller.pipe(target)
    target.on('data', (bytes) => {
      if (left > 0) {
        left -= 1
        caller.destroy()
        target.destroy()
      } else caller.write(bytes)
    })
    target.on('close', () => caller.destroy())
    caller.on('close', () => target.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
