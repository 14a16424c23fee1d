import { type Dispatcher, Pool } from 'undici'

export interface Load {
  /** The address of a server; what stands behind its host comes before `/v1/chat/completions`. */
  url: string
  headers: Readonly<Record<string, string>>
  body: Buffer
  calls: number
  /** So many at once, each followed by the next; or so many a second, whether or not the last has been answered. */
  pace: { atOnce: number } | { perSecond: number }
}

/** Milliseconds that each call took, in ascending order. Any answer that is not whole ends the benchmark. */
export async function sendCalls({ url, headers, body, calls, pace }: Load): Promise<number[]> {
  const { origin, pathname } = new URL(url)
  const path = `${pathname.replace(/(?:\/v1)?\/*$/, '')}/v1/chat/completions`
  const pool = new Pool(origin, { connections: 'atOnce' in pace ? pace.atOnce : 256, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 })
  const latencies: number[] = []
  const send = async () => {
    latencies.push(await sendCall(pool, path, headers, body))
  }
  try {
    await ('atOnce' in pace ? keepBusy(send, calls, pace.atOnce) : keepPace(send, calls, pace.perSecond))
  } finally {
    await pool.destroy()
  }
  return latencies.sort((a, b) => a - b)
}

async function keepBusy(send: () => Promise<void>, calls: number, atOnce: number): Promise<void> {
  let left = calls
  const worker = async () => {
    while (left > 0) {
      left -= 1
      await send()
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

async function keepPace(send: () => Promise<void>, calls: number, perSecond: number): Promise<void> {
  const sent: Promise<void>[] = []
  const began = performance.now()
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const due = Math.min(calls, Math.floor(((performance.now() - began) / 1_000) * perSecond))
      while (sent.length < due) sent.push(send())
      if (sent.length < calls) return
      clearInterval(timer)
      resolve()
    }, 1)
  })
  await Promise.all(sent)
}

function sendCall(pool: Pool, path: string, headers: Load['headers'], body: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const began = performance.now()
    let status = 0
    let last: Buffer | undefined
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart() {},
      onResponseStart(_controller, answered) {
        status = answered
      },
      onResponseData(_controller, chunk) {
        last = chunk
      },
      onResponseEnd() {
        const end = last?.toString('latin1', last.length - 8)
        if (status === 200 && (end?.endsWith('}') || end?.endsWith('[DONE]\n\n'))) resolve(performance.now() - began)
        else reject(new Error(`a call was answered with status ${status}: ${last}`))
      },
      onResponseError: (_controller, error) => reject(error),
    }
    pool.dispatch({ path, method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body }, handler)
  })
}
