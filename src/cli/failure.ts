import { isConnectionError } from '../database/index.ts'
import { GatewayError } from '../shared/errors.ts'

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

/** What went wrong, in one line. */
export function describeFailure(error: unknown): string {
  if (error instanceof GatewayError) return oneLine(error.publicMessage)
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
