import type { ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { TestSink } from '../../tests/_support/line-dialect.ts'
import { attempt, closeAll, closers, serve, timeouts } from '../../tests/_support/line-upstream.ts'
import { startQueueMeter } from '../../tests/_support/stopwatch.ts'
import { UpstreamBrokenError } from '../shared/errors.ts'
import { CallClock } from './call-clock.ts'

afterEach(closeAll)

const within = (ms: number) => ({ from: ms * 0.9, to: ms * 1.1 + 20 })

test.each([
  ['first_byte', { firstByteMs: 800 }, 800, (_response: ServerResponse) => {}],
  ['idle', { idleMs: 800 }, 800, (response: ServerResponse) => response.write('text one\n')],
  [
    'total',
    { totalMs: 800 },
    800,
    (response: ServerResponse) => {
      const trickle = setInterval(() => response.write('.'), 20)
      response.on('close', () => clearInterval(trickle))
    },
  ],
])('%s timeout within ten per cent', async (which, change, expectedMs, behave) => {
  const baseUrl = await serve((_incoming, response) => behave(response))
  const queuedMs = startQueueMeter()
  const outcome = await attempt({ baseUrl, timeouts: { ...timeouts, ...change } })
  expect(outcome).toMatchObject({ error: { code: 'upstream_timeout', details: { timeout: which } }, reached: true, finished: false })
  const { from, to } = within(expectedMs)
  expect(outcome.latencyMs).toBeGreaterThanOrEqual(from)
  expect(outcome.latencyMs - queuedMs()).toBeLessThanOrEqual(to)
})

test('what was there in time counts, although this process was too busy to read it', async () => {
  const { port1, port2 } = new MessageChannel()
  const timedOut: string[] = []
  const clock = new CallClock({ ...timeouts, idleMs: 50 }, (which) => timedOut.push(which))
  clock.sent()
  clock.heard()
  port1.addEventListener('message', () => clock.stop())
  port1.start()
  port2.postMessage('here')
  for (const beganMs = performance.now(); performance.now() - beganMs < 100; );
  await wait(20)
  expect(timedOut).toEqual([])
  port1.close()
})

test('connect timeout: a server that takes the connection but never says hello in TLS', async () => {
  const server = createTcpServer(() => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => server.close())
  const baseUrl = `https://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  const queuedMs = startQueueMeter()
  const outcome = await attempt({ baseUrl, timeouts: { ...timeouts, connectMs: 800 } })
  expect(outcome).toMatchObject({ error: { code: 'upstream_timeout', details: { timeout: 'connect' } }, reached: false })
  expect(outcome.latencyMs - queuedMs()).toBeLessThanOrEqual(within(800).to)
})

test('pieces keep a long stream alive beyond the idle timeout', async () => {
  const baseUrl = await serve(async (_incoming, response) => {
    for (let piece = 0; piece < 11; piece++) {
      response.write('text\n')
      await wait(300)
    }
    response.end('end\n')
  })
  const outcome = await attempt({ baseUrl, timeouts: { ...timeouts, idleMs: 3_000, firstByteMs: 3_000, connectMs: 3_000 } })
  expect(outcome).toMatchObject({ error: undefined, finished: true })
})

test('a slow reader stops the upstream and does not time it out', async () => {
  let sent = 0
  const total = 40_000_000
  const baseUrl = await serve((_incoming, response) => {
    const piece = 'text'.repeat(25_000)
    const more = () => {
      while (sent < total) {
        sent += piece.length
        if (!response.write(piece)) {
          response.once('drain', more)
          return
        }
      }
      response.end('end')
    }
    more()
  })
  const sink = new TestSink()
  sink.full = true
  // The rest of 40 MB has all the time that a busy machine takes for it.
  const going = attempt({ baseUrl, sink, timeouts: { ...timeouts, idleMs: 2_000, totalMs: 120_000 } })
  await expect.poll(() => sink.begun).toBe(1)
  await wait(2_500)
  expect(sent).toBeLessThan(total / 2)
  expect(sink.written.length).toBe(1)
  sink.drain()
  const outcome = await going
  expect(outcome).toMatchObject({ error: undefined, finished: true })
  expect(Buffer.concat([...sink.written, ...outcome.tail]).length).toBe(total + 3)
})

test('a paused reader still ends at the total timeout', async () => {
  const baseUrl = await serve((_incoming, response) => response.write('text\n'))
  const sink = new TestSink()
  sink.full = true
  const outcome = await attempt({ baseUrl, sink, timeouts: { ...timeouts, idleMs: 1_000, totalMs: 1_500 } })
  expect(outcome.error?.details).toMatchObject({ timeout: 'total' })
})

test('the caller’s signal ends the request upstream, with what was seen', async () => {
  let closed = false
  const baseUrl = await serve((_incoming, response) => {
    response.write('text one\n')
    response.on('close', () => {
      closed = true
    })
  })
  const controller = new AbortController()
  const sink = new TestSink()
  const going = attempt({ baseUrl, sink, signal: controller.signal })
  await expect.poll(() => sink.begun).toBe(1)
  controller.abort()
  expect(await going).toMatchObject({ error: { code: 'stream_cut' }, reached: true, finished: false, report: { outputBytes: 9 } })
  await expect.poll(() => closed).toBe(true)
})

test('a signal that has already fired sends nothing', async () => {
  let calls = 0
  const baseUrl = await serve(() => calls++)
  const reason = new UpstreamBrokenError('stream_cut', 'enough')
  const outcome = await attempt({ baseUrl, signal: AbortSignal.abort(reason) })
  expect(outcome).toMatchObject({ reached: false, finished: false })
  expect(outcome.error).toBe(reason)
  expect(calls).toBe(0)
})
