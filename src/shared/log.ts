/** Where lines for people go. Content of calls, keys and headers never do. */
export interface Log {
  info(message: string): void
  warn(message: string): void
  error(message: string, cause?: unknown): void
}

/** One line a message. A cause shows its name, code and message; its stack belongs to a debugger, not to an operator's log. */
export const consoleLog: Log = {
  info: (message) => console.log(message),
  warn: (message) => console.warn(message),
  error: (message, cause) => console.error(cause === undefined ? message : `${message}: ${describe(cause)}`),
}

let waiting = ''

/**
 * `consoleLog` for a server: the lines of one turn of the event loop go out in one write. Three writes a call cost more than parsing it
 * (measured in docs/benchmarks.md).
 */
export const serverLog: Log = {
  ...consoleLog,
  info(message) {
    if (waiting === '') setImmediate(flush)
    waiting += `${message}\n`
  },
}

function flush(): void {
  const lines = waiting
  waiting = ''
  process.stdout.write(lines)
}

export const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} }

function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  const code = 'code' in cause && typeof cause.code === 'string' ? ` (${cause.code})` : ''
  const inner = cause.cause === undefined ? '' : ` <- ${describe(cause.cause)}`
  return `${cause.name}${code}: ${cause.message}${inner}`
}
