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
  /**
   * What a broken network does at the worst moment: a statement with that text reaches the server and is done, and its connection ends
   * before the reply. Asked of each one, whether it is to be lost; `undefined` ends it.
   */
  loseReplies(isLost: ((statement: string) => boolean) | undefined): void
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
  let isLost: ((statement: string) => boolean) | undefined
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
    loseReplies(pair, () => isLost)
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
  // Outages are those of a product that gives up in time.
  url.searchParams.delete('connect_timeout')
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
    loseReplies(next) {
      isLost = next
    },
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

/** Listens beside the pipes. A statement's text is in the caller's bytes, and any answer of the server's comes after it was done. */
function loseReplies({ caller, server }: Pair, current: () => ((statement: string) => boolean) | undefined): void {
  let losing = false
  caller.on('data', (bytes) => {
    const isLost = current()
    if (!isLost) return
    const [statement] = /select ledger_[a-z_]+/.exec(bytes.toString('latin1')) ?? []
    if (statement !== undefined && isLost(statement)) {
      losing = true
      server.unpipe(caller)
      server.resume()
    }
  })
  server.on('data', () => {
    if (losing) caller.destroy()
  })
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
