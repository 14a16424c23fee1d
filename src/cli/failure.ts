import { isConnectionError } from '../database/index.ts'
import { type ErrorCode, GatewayError } from '../shared/errors.ts'

/** The command was typed wrong: exit code 2. */
export class UsageError extends Error {}

/** Ends the command with this exit code; everything there is to say has been said. */
export class Exit extends Error {
  readonly exitCode: number

  constructor(exitCode: number) {
    super(`exit ${exitCode}`)
    this.exitCode = exitCode
  }
}

/** What was typed, what there is not, which setting is wrong: the message says all that the page would. */
const saidAlready: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['invalid_body', 'not_found', 'config_invalid'])

/** What went wrong, in one line, with the page that says what to do. */
export function describeFailure(error: unknown): string {
  if (error instanceof GatewayError) {
    const said = oneLine(error.publicMessage)
    return saidAlready.has(error.code) ? said : `${said} (docs/errors.md#${error.code})`
  }
  if (isConnectionError(error))
    return `The database cannot be reached (${reason(error)}): is PostgreSQL running, and is DATABASE_URL right?`
  return oneLine(reason(error))
}

export function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').trim()
}

/** Node's error for several refused addresses has no message of its own. */
function reason(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reason).join('; ')
  return error instanceof Error && error.message !== '' ? error.message : String(error)
}
