import { createServer, type Socket } from 'node:net'
import pg from 'pg'

const authenticationOk = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0])
const readyForQuery = Buffer.from([0x5a, 0, 0, 0, 5, 0x49])

export interface TransactionPooler {
  url: string
  /** How many of its sessions have served something. */
  sessionsUsed(): number
  close(): Promise<void>
}

interface Session {
  client: pg.Client
  stream: Socket
  used: boolean
}

/**
 * What a pooler like PgBouncer does in transaction mode, in its least form: as soon as the database says "ready, no transaction", the
 * session goes to whoever comes next, so that no two transactions of a caller share one.
 */
export async function startTransactionPooler(serverUrl: string, size = 4): Promise<TransactionPooler> {
  const sessions = await Promise.all(Array.from({ length: size }, () => openSession(serverUrl)))
  const idle = [...sessions]
  const waiting: ((session: Session) => void)[] = []
  const callers = new Set<Socket>()

  const acquire = async (): Promise<Session> => idle.shift() ?? (await new Promise((resolve) => waiting.push(resolve)))
  const release = (session: Session) => {
    const next = waiting.shift()
    if (next) next(session)
    else idle.push(session)
  }

  const server = createServer((caller) => {
    callers.add(caller)
    caller.on('error', () => {})
    caller.once('data', () => {
      caller.write(Buffer.concat([authenticationOk, readyForQuery]))
      serve(caller, acquire, release)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const url = new URL(serverUrl)
  url.port = String(typeof address === 'object' ? address?.port : '')
  return {
    url: url.href,
    sessionsUsed: () => sessions.filter((session) => session.used).length,
    async close() {
      for (const caller of callers) caller.destroy()
      for (const { stream } of sessions) stream.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Logs in by `pg`, then the bare socket is ours. */
async function openSession(url: string): Promise<Session> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  const { stream } = (client as pg.Client & { connection: { stream: Socket } }).connection
  stream.removeAllListeners('data')
  return { client, stream, used: false }
}

function serve(caller: Socket, acquire: () => Promise<Session>, release: (session: Session) => void): void {
  let session: Session | undefined
  let queue = Promise.resolve()
  caller.on('data', (bytes) => {
    // "Terminate" ends the caller's connection, not the session.
    if (bytes[0] === 0x58) return void caller.end()
    queue = queue.then(async () => {
      session ??= attach(await acquire())
      session.stream.write(bytes)
    })
  })

  function attach(taken: Session): Session {
    taken.used = true
    let rest = Buffer.alloc(0)
    const onData = (bytes: Buffer) => {
      caller.write(bytes)
      rest = Buffer.concat([rest, bytes])
      while (rest.length >= 5 && rest.length >= rest.readUInt32BE(1) + 1) {
        const message = rest.subarray(0, rest.readUInt32BE(1) + 1)
        rest = rest.subarray(message.length)
        if (!message.equals(readyForQuery)) continue
        taken.stream.off('data', onData)
        session = undefined
        release(taken)
      }
    }
    taken.stream.on('data', onData)
    return taken
  }
}
