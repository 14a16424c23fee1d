import { connect, createServer, type Socket } from 'node:net'

/** A way to a database that a test can break: what it does to the traffic is what outages do. */
export interface DatabaseLink {
  /** As the target's url, by way of this link. */
  url: string
  /** The server has moved to another port. */
  moveTo(targetUrl: string): void
  /** Ends every connection and refuses new ones, as a server that was stopped. */
  cut(): void
  /** Nothing comes through any more and nobody is told, as with a machine that hangs. */
  freeze(): void
  /** Connections that are open stay silent for ever; new ones work, as after a failover behind a dead router. */
  strand(): void
  mend(): void
  close(): Promise<void>
}

interface Pair {
  caller: Socket
  server: Socket
}

export async function openDatabaseLink(targetUrl: string): Promise<DatabaseLink> {
  let target = new URL(targetUrl)
  let state: 'open' | 'cut' | 'frozen' = 'open'
  const pairs = new Set<Pair>()
  const listener = createServer((caller) => {
    caller.on('error', () => {})
    if (state === 'cut') {
      caller.destroy()
      return
    }
    const server = connect(Number(target.port), target.hostname)
    server.on('error', () => caller.destroy())
    const pair = { caller, server }
    pairs.add(pair)
    for (const [from, to] of [
      [caller, server],
      [server, caller],
    ] as const) {
      from.pipe(to)
      from.on('close', () => {
        pairs.delete(pair)
        to.destroy()
      })
    }
    if (state === 'frozen') silence(pair)
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const address = listener.address()
  const url = new URL(targetUrl)
  url.port = String(typeof address === 'object' ? address?.port : 0)
  return {
    url: url.href,
    moveTo(next) {
      target = new URL(next)
    },
    cut() {
      state = 'cut'
      for (const { caller, server } of pairs) {
        caller.destroy()
        server.destroy()
      }
    },
    freeze() {
      state = 'frozen'
      pairs.forEach(silence)
    },
    strand: () => pairs.forEach(silence),
    mend() {
      if (state === 'frozen') pairs.forEach(speak)
      state = 'open'
    },
    close: () =>
      new Promise((resolve) => {
        listener.close(() => resolve())
        for (const { caller, server } of pairs) {
          caller.destroy()
          server.destroy()
        }
      }),
  }
}

function silence({ caller, server }: Pair): void {
  caller.unpipe(server)
  server.unpipe(caller)
  caller.pause()
  server.pause()
}

function speak({ caller, server }: Pair): void {
  caller.pipe(server)
  server.pipe(caller)
}
