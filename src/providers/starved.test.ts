import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { afterEach, expect, test } from 'vitest'
import { TestSink } from '../../tests/_support/line-dialect.ts'
import { attempt, closeAll, closers } from '../../tests/_support/line-upstream.ts'

afterEach(closeAll)

/** Of `signs`: the reader is not reading; all pieces are with the kernel. */
const isBusy = 0
const isServed = 1
const pieces = 20
const piece = 'text 12\n'

/** In a thread of its own, so that it goes on while this one cannot read. One piece, and the others once it is known that nobody reads. */
const server = `
const { createServer } = require('node:http')
const { parentPort, workerData: signs } = require('node:worker_threads')
const piece = ${JSON.stringify(piece)}
createServer(async (request, response) => {
  request.resume()
  response.write(piece)
  await Atomics.waitAsync(signs, ${isBusy}, 0).value
  for (let n = 2; n < ${pieces}; n++) response.write(piece)
  response.write(piece, () => {
    Atomics.store(signs, ${isServed}, 1)
    Atomics.notify(signs, ${isServed})
  })
}).listen(0, '127.0.0.1', function () { parentPort.postMessage(this.address().port) })
`

/** Once the first piece is here: nothing else runs until all of them are served, and `forMs` more. */
class StarvedSink extends TestSink {
  private readonly signs: Int32Array
  private readonly forMs: number
  private readonly onBusy: () => void

  constructor(signs: Int32Array, forMs: number, onBusy: () => void = () => {}) {
    super()
    this.signs = signs
    this.forMs = forMs
    this.onBusy = onBusy
  }

  override write(out: Buffer): boolean {
    const isFirst = this.written.length === 0
    const goesOn = super.write(out)
    if (isFirst) {
      this.onBusy()
      Atomics.store(this.signs, isBusy, 1)
      Atomics.notify(this.signs, isBusy)
      Atomics.wait(this.signs, isServed, 0, 20_000)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, this.forMs)
    }
    return goesOn
  }
}

async function serveInThread(signs: Int32Array): Promise<string> {
  const worker = new Worker(server, { eval: true, workerData: signs })
  closers.push(() => worker.terminate())
  const [port] = await once(worker, 'message')
  return `http://127.0.0.1:${port}/v1`
}

const long = { connectMs: 20_000, firstByteMs: 20_000, idleMs: 20_000, totalMs: 60_000 }

test('a process that had no time to read does not take that for silence, and counts what was there', async () => {
  const signs = new Int32Array(new SharedArrayBuffer(8))
  const baseUrl = await serveInThread(signs)
  const outcome = await attempt({ baseUrl, sink: new StarvedSink(signs, 400), timeouts: { ...long, idleMs: 300 } })
  expect(outcome).toMatchObject({ finished: false, error: { details: { timeout: 'idle' } } })
  expect(outcome.report.outputBytes).toBe(pieces * piece.length)
})

test('and when it lets the provider go, as it does some time after a caller has left', async () => {
  const signs = new Int32Array(new SharedArrayBuffer(8))
  const baseUrl = await serveInThread(signs)
  const controller = new AbortController()
  const sink = new StarvedSink(signs, 200, () => setTimeout(() => controller.abort(), 100))
  const outcome = await attempt({ baseUrl, sink, signal: controller.signal, timeouts: long })
  expect(outcome).toMatchObject({ finished: false, unread: false, error: { code: 'stream_cut' } })
  expect(outcome.report.outputBytes).toBe(pieces * piece.length)
})

test('of an answer that a slow caller kept us from reading there may be more than was read', async () => {
  const baseUrl = await serveInThread(new Int32Array(new SharedArrayBuffer(8)))
  const controller = new AbortController()
  const sink = new TestSink()
  sink.full = true
  const going = attempt({ baseUrl, sink, signal: controller.signal, timeouts: long })
  await expect.poll(() => sink.begun, { timeout: 20_000 }).toBe(1)
  controller.abort()
  expect(await going).toMatchObject({ finished: false, unread: true, report: { outputBytes: piece.length } })
})
