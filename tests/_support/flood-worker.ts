import { connect, type Socket } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import { generateClientKey } from '../../src/clients/index.ts'

/** The thread of `startFlood`: answers come back in order on each connection, one question at a time. */
interface FloodData {
  port: number
  connections: number
  /** Answers so far, and questions a second (-1: as many as there is time for). */
  shared: Int32Array
}
const { port, connections, shared } = workerData as FloodData

const tickMs = 5
const answers: Record<string, number> = {}
const idle: Socket[] = []
let allowed = 0
let isOver = false

function ask(socket: Socket): void {
  allowed -= 1
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${generateClientKey().key}\r\n` +
      'content-type: application/json\r\ncontent-length: 2\r\n\r\n{}',
  )
}

function open(): void {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.on('connect', () => goOn(socket))
  let text = ''
  socket.setEncoding('latin1')
  socket.on('data', (data: string) => {
    text += data
    const head = text.indexOf('\r\n\r\n')
    const length = Number(/content-length: (\d+)/i.exec(text)?.[1])
    if (head < 0 || text.length < head + 4 + length) return
    const status = text.slice(9, 12)
    answers[status] = (answers[status] ?? 0) + 1
    Atomics.add(shared, 0, 1)
    text = ''
    goOn(socket)
  })
  socket.on('close', () => {
    const at = idle.indexOf(socket)
    if (at >= 0) idle.splice(at, 1)
    if (!isOver) open()
  })
}

function goOn(socket: Socket): void {
  if (!isOver && allowed > 0) ask(socket)
  else idle.push(socket)
}

const pace = setInterval(() => {
  const perSecond = Atomics.load(shared, 1)
  // What could not be asked in time is not made up for.
  if (perSecond <= 0) allowed = perSecond < 0 ? Number.POSITIVE_INFINITY : 0
  else allowed = Math.min(Math.max(0, allowed) + (perSecond * tickMs) / 1000, connections)
  while (allowed >= 1) {
    const socket = idle.pop()
    if (!socket) return
    ask(socket)
  }
}, tickMs)

for (let n = 0; n < connections; n++) open()

parentPort?.on('message', () => {
  isOver = true
  clearInterval(pace)
  parentPort?.postMessage(answers)
})
