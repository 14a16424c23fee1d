import type { ServerResponse } from 'node:http'
import type { Fault } from './fault.ts'
import type { Frame } from './wire-format.ts'

/** How a delivery ended. */
export type Delivered = 'finished' | 'cut' | 'caller-gone'

export interface StreamDelivery {
  frames: Iterable<Frame>
  fault: Fault
  /** Pause between chunks where the fault names none. */
  gapMs: number
  streamError: string
  /** Told after each frame that went out. */
  onServed(tokens: number): void
}

/**
 * Writes a stream frame by frame, with whatever the fault does to it. A frame counts as served once the socket has taken it.
 * A fault for after the last chunk happens before the finish and usage frames, where it hurts a meter most.
 */
export async function deliverStream(response: ServerResponse, delivery: StreamDelivery): Promise<Delivered> {
  const { fault, onServed } = delivery
  const gapMs = fault.gapMs ?? delivery.gapMs
  let chunks = 0
  for (const { text, content, tokens } of delivery.frames) {
    if (content || chunks > 0) {
      const ending = await disturb(response, delivery, chunks, text)
      if (ending !== undefined) return ending
    }
    if (content) {
      await pause(response, chunks === 0 ? (fault.firstTokenDelayMs ?? 0) : gapMs)
    }
    if (!(await write(response, text, fault))) return 'caller-gone'
    onServed(tokens)
    if (content) chunks++
  }
  return finish(response)
}

/** A body in one piece, sent with its length. */
export async function deliverWhole(response: ServerResponse, body: Buffer, fault: Fault): Promise<Delivered> {
  if (fault.cutAfterChunks !== undefined) {
    await write(response, body.subarray(0, body.length >> 1), fault)
    return cut(response)
  }
  if (fault.hangAfterChunks !== undefined) {
    await write(response, body.subarray(0, body.length >> 1), fault)
    return hang(response)
  }
  if (fault.splitBytes === undefined && fault.trickleMs === undefined) return finish(response, body)
  return (await write(response, body, fault)) ? finish(response) : 'caller-gone'
}

/** Silence until the caller gives up. */
export function hang(response: ServerResponse): Promise<'caller-gone'> {
  return new Promise((resolve) => {
    if (response.destroyed) resolve('caller-gone')
    else response.once('close', () => resolve('caller-gone'))
  })
}

/** Waits, but no longer than the caller does. */
export function pause(response: ServerResponse, ms: number): Promise<void> {
  // Even without a wait each chunk gets its own turn, so that chunks leave one by one and other streams go on.
  if (ms <= 0) return new Promise((resolve) => setImmediate(resolve))
  if (response.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      response.off('close', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    response.once('close', done)
  })
}

async function disturb(
  response: ServerResponse,
  { fault, streamError }: StreamDelivery,
  chunks: number,
  next: string,
): Promise<Delivered | undefined> {
  if (fault.cutAfterChunks === chunks) {
    const bytes = Buffer.from(next)
    if (fault.cutMidFrame === true) await write(response, bytes.subarray(0, bytes.length >> 1), fault)
    return cut(response)
  }
  if (fault.endAfterChunks === chunks) return broken(response)
  if (fault.errorAfterChunks === chunks) {
    await write(response, streamError, fault)
    return broken(response)
  }
  if (fault.garbage === true && chunks === 1) {
    await write(response, 'data: {"id":"broken","choices":[{"index":0,"delta":{"content":"\u0000<html>\n\n', fault)
    return broken(response)
  }
  return fault.hangAfterChunks === chunks ? hang(response) : undefined
}

async function broken(response: ServerResponse): Promise<Delivered> {
  return (await finish(response)) === 'finished' ? 'cut' : 'caller-gone'
}

async function cut(response: ServerResponse): Promise<Delivered> {
  // What was written has to be on its way first, or the destroyed socket takes it along.
  await pause(response, 5)
  response.destroy()
  return 'cut'
}

function finish(response: ServerResponse, body?: Buffer): Promise<Delivered> {
  return new Promise((resolve) => {
    if (response.destroyed) {
      resolve(response.writableFinished ? 'finished' : 'caller-gone')
      return
    }
    response.once('close', () => resolve(response.writableFinished ? 'finished' : 'caller-gone'))
    response.once('finish', () => resolve('finished'))
    response.end(body)
  })
}

/** False once the caller is gone. Waits for room, so that an unread stream isn't counted as served. */
async function write(response: ServerResponse, data: string | Buffer, fault: Fault): Promise<boolean> {
  const size = fault.trickleMs === undefined ? fault.splitBytes : 1
  if (size === undefined || size < 1) return writeWhole(response, data)
  const bytes = Buffer.from(data)
  for (let start = 0; start < bytes.length; start += size) {
    await pause(response, fault.trickleMs ?? 0)
    if (!(await writeWhole(response, bytes.subarray(start, start + size)))) return false
  }
  return true
}

async function writeWhole(response: ServerResponse, data: string | Buffer): Promise<boolean> {
  if (response.destroyed) return false
  if (response.write(data)) return true
  await new Promise<void>((resolve) => {
    const done = () => {
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    response.once('drain', done)
    response.once('close', done)
  })
  return !response.destroyed
}
