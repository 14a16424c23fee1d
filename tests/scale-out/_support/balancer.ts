import { once } from 'node:events'
import { Agent, type ClientRequest, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'

const checkEveryMs = 40

/** A call on its way through the balancer. */
export interface Forwarded {
  /** The test's own name of the gateway that got it. */
  to: string
  beganMs: number
}

/**
 * What stands before several gateways, in few lines: each in turn, those only that say they are ready. Like nginx it tries the next one where
 * a connection is refused, because nothing was sent then, and never sends a call twice.
 */
export interface Balancer {
  url: string
  /** By the id that the caller put in `x-test-call`. */
  forwarded: ReadonlyMap<string, Forwarded>
  /** From now on `name` is at `url`; undefined: nowhere. */
  put(name: string, url: string | undefined): void
  /** Resolves when the readiness checks say so of that one. */
  until(name: string, isReady: boolean): Promise<void>
  close(): Promise<void>
}

interface Target {
  url: string
  agent: Agent
  isReady: boolean
}

export async function startBalancer(): Promise<Balancer> {
  const targets = new Map<string, Target>()
  const forwarded = new Map<string, Forwarded>()
  let turn = 0
  let isOpen = true
  const pick = (tried: Set<string>) => {
    const ready = [...targets].filter(([name, target]) => target.isReady && !tried.has(name))
    turn += 1
    return ready[turn % ready.length]
  }
  const server = createServer(async (incoming, outgoing) => {
    const body = await buffer(incoming)
    const tried = new Set<string>()
    const outgoingClosed = once(outgoing, 'close')
    const attempt = () => {
      const [name, target] = pick(tried) ?? []
      if (name === undefined || target === undefined) return void outgoing.writeHead(503).end('no gateway is ready')
      tried.add(name)
      forwarded.set(String(incoming.headers['x-test-call']), { to: name, beganMs: performance.now() })
      const passed = forward(incoming, body, outgoing, target, () => {
        target.isReady = false
        attempt()
      })
      void outgoingClosed.then(() => passed.destroy())
    }
    attempt()
  })
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const checking = (async () => {
    for (; isOpen; await delay(checkEveryMs)) await Promise.all([...targets.values()].map(check))
  })()
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    forwarded,
    put(name, url) {
      if (url === undefined) targets.delete(name)
      else targets.set(name, { url, agent: new Agent({ keepAlive: true }), isReady: false })
    },
    async until(name, isReady) {
      while ((targets.get(name)?.isReady ?? false) !== isReady) await delay(10)
    },
    async close() {
      isOpen = false
      await checking
      server.closeAllConnections()
      for (const { agent } of targets.values()) agent.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function forward(incoming: IncomingMessage, body: Buffer, outgoing: ServerResponse, target: Target, onRefused: () => void): ClientRequest {
  const passed = request(`${target.url}${incoming.url}`, { method: incoming.method, headers: incoming.headers, agent: target.agent })
  passed.on('response', (answer) => {
    const { connection: _, 'keep-alive': __, ...headers } = answer.headers
    outgoing.writeHead(answer.statusCode ?? 502, headers)
    pipeline(answer, outgoing, () => {})
  })
  passed.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ECONNREFUSED') onRefused()
    else outgoing.destroy()
  })
  passed.end(body)
  return passed
}

async function check(target: Target): Promise<void> {
  target.isReady = await fetch(`${target.url}/readyz`, { signal: AbortSignal.timeout(2_000) }).then(
    async (answer) => {
      await answer.arrayBuffer()
      return answer.ok
    },
    () => false,
  )
}
