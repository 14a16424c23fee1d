import { isConnectionError } from '../database/index.ts'
import { errorCode } from '../shared/error-code.ts'
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

/** PostgreSQL's codes: a user or a password that it does not take, a database that there is not. */
const refusedLogin: ReadonlySet<string> = new Set(['28P01', '28000', '3D000'])
const insufficientPrivilege = '42501'

/** What went wrong, in one line, with the page that says what to do. */
export function describeFailure(error: unknown): string {
  if (error instanceof GatewayError) {
    const said = oneLine(error.publicMessage)
    return saidAlready.has(error.code) ? said : `${said} (docs/errors.md#${error.code})`
  }
  if (isConnectionError(error))
    return `The database cannot be reached (${reason(error)}): is PostgreSQL running, and is DATABASE_URL right?`
  const code = errorCode(error)
  if (refusedLogin.has(code)) return `The database refused the login (${oneLine(reason(error))}): is DATABASE_URL right?`
  if (code === insufficientPrivilege)
    return `The database refused (${oneLine(reason(error))}): DATABASE_URL must name the login that owns the database's tables.`
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
