/** What a structured line says besides its message: ids and figures. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>

/** Where lines for people go. Content of calls, keys and headers never do. */
export interface Log {
  /** `fields` are for programs: only a structured log has them. */
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, cause?: unknown): void
  /** One line a call, with its id. Only a structured log has it. */
  call?(fields: LogFields): void
}

/** One line a message. A cause shows its name, code and message; its stack belongs to a debugger, not to an operator's log. */
export const consoleLog: Log = {
  info: (message) => console.log(message),
  warn: (message) => console.warn(message),
  error: (message, cause) => console.error(cause === undefined ? message : `${message}: ${describe(cause)}`),
}

let waiting = ''
let flushesAtExit = false
/** Nobody reads faster; and of a process that is killed no more is lost. */
const gatherMs = 20

/**
 * `consoleLog` for a server: the lines of a short time go out in one write, and what is left when the process ends. Three writes a call cost
 * more than parsing it (measured in docs/benchmarks.md).
 */
export const serverLog: Log = {
  ...consoleLog,
  info: (message) => gather(message),
}

/**
 * One JSON object a line, for programs: `time`, `level`, `message`, and the ids and figures of a call. All of a server's lines go to stdout, in
 * their order, those of a short time in one write.
 */
export const jsonLog: Log = {
  info: (message, fields) => writeJson('info', message, fields),
  warn: (message, fields) => writeJson('warn', message, fields),
  error: (message, cause) => writeJson('error', message, cause === undefined ? undefined : { error: describe(cause) }),
  call: (fields) => writeJson('info', 'call', fields),
}

function writeJson(level: string, message: string, fields?: LogFields): void {
  gather(JSON.stringify({ time: new Date().toISOString(), level, message, ...fields }))
}

function gather(line: string): void {
  if (waiting === '') {
    if (!flushesAtExit) process.once('exit', flush)
    flushesAtExit = true
    setTimeout(flush, gatherMs).unref()
  }
  waiting += `${line}\n`
}

function flush(): void {
  if (waiting === '') return
  const lines = waiting
  waiting = ''
  process.stdout.write(lines)
}

/** A server's log in the operator's form. */
export function logFor(format: 'console' | 'json'): Log {
  return format === 'json' ? jsonLog : serverLog
}

export const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} }

function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  const code = 'code' in cause && typeof cause.code === 'string' ? ` (${cause.code})` : ''
  const inner = cause.cause === undefined ? '' : ` <- ${describe(cause.cause)}`
  return `${cause.name}${code}: ${cause.message}${inner}`
}
