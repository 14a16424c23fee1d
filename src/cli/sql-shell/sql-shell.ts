import type { Queryable, TextResult, TextSession } from '../../database/index.ts'
import { errorCode } from '../../shared/error-code.ts'
import { renderError } from './render-error.ts'
import { renderResult } from './render-result.ts'
import { type ReaderState, type ScriptItem, ScriptReader } from './script-reader.ts'
import { isOn, type Variables } from './variables.ts'

export interface SqlShellOptions {
  session: TextSession
  /** Lets `vault.decrypted_secrets` answer in the session's transaction. */
  unseal(tx: Queryable): Promise<void>
  out(text: string): void
  err(line: string): void
  /** The name of the script; undefined at a prompt. */
  file?: string | undefined
}

/** Something failed, and under ON_ERROR_STOP nothing more is to be run. */
export class ScriptStopped extends Error {}

/** A failure of the shell itself, in psql's words. */
class ShellError extends Error {}

/** Statements that begin or end a transaction, or set it up before anything else may run in it. */
const transactionControl =
  /^(?:begin|start|commit|end|rollback|abort|savepoint|release|prepare\s+transaction|set\s+(?:local\s+|session\s+)?transaction)\b/i

const help = `  \\set NAME VALUE   set a variable: :NAME, :'NAME', :"NAME"    \\unset NAME
  \\gset [PREFIX]    run the statement, its columns become variables
  \\g                run the statement     \\r   forget what was typed so far
  \\echo TEXT        print                 \\q   quit
  vault.decrypted_secrets answers here: each statement runs in a transaction that the vault was unsealed for.
`

/** Runs scripts as psql does, in a session that may read the vault. One line after another goes into `read`. */
export class SqlShell {
  readonly #options: SqlShellOptions
  readonly #variables: Variables = new Map()
  readonly #reader = new ScriptReader(this.#variables)
  #line = 0
  #failed = false

  constructor(options: SqlShellOptions) {
    this.#options = options
  }

  get state(): ReaderState {
    return this.#reader.state
  }

  /** Has any statement failed? */
  get failed(): boolean {
    return this.#failed
  }

  /** Returns false when the script says `\q`. Throws ScriptStopped. */
  async read(line: string): Promise<boolean> {
    this.#line += 1
    for (const item of this.#reader.read(line)) {
      if (item.type === 'statement') await this.#attempt(item.sql, (result) => this.#options.out(renderResult(result)))
      else if (!(await this.#command(item))) return false
    }
    return true
  }

  /** Runs what no semicolon has ended, as at the end of a file. */
  async finish(): Promise<void> {
    const sql = this.#reader.rest()
    if (sql !== '') await this.#attempt(sql, (result) => this.#options.out(renderResult(result)))
  }

  /** Drops what was typed so far. */
  reset(): void {
    this.#reader.rest()
  }

  async #command({ name, args, statement }: Extract<ScriptItem, { type: 'command' }>): Promise<boolean> {
    const words = splitArguments(args, this.#variables)
    if (name === 'q') return false
    if (name === 'g') {
      if (statement !== '') await this.#attempt(statement, (result) => this.#options.out(renderResult(result)))
    } else if (name === 'gset') {
      if (statement !== '') await this.#attempt(statement, (result) => this.#keep(result, words[0] ?? ''))
    } else if (name === 'set') this.#set(words)
    else if (name === 'unset') this.#variables.delete(words[0] ?? '')
    else if (name === 'echo') this.#options.out(`${words.join(' ')}\n`)
    else if (name === '?') this.#options.out(help)
    else if (name !== 'r') this.#fail(`invalid command \\${name} (\\? shows those there are)`)
    return true
  }

  #set([name, ...values]: string[]): void {
    if (name !== undefined) this.#variables.set(name, values.join(''))
    else for (const [known, value] of this.#variables) this.#options.out(`${known} = '${value}'\n`)
  }

  /** The columns of the one row become variables. */
  #keep({ fields, rows }: TextResult, prefix: string): void {
    const [row] = rows
    if (row === undefined) throw new ShellError('no rows returned for \\gset')
    if (rows.length > 1) throw new ShellError('more than one row returned for \\gset')
    for (const [index, { name }] of fields.entries()) {
      const value = row[index]
      if (value === null || value === undefined) this.#variables.delete(prefix + name)
      else this.#variables.set(prefix + name, value)
    }
  }

  async #attempt(sql: string, use: (result: TextResult) => void): Promise<void> {
    try {
      use(await this.#run(sql))
    } catch (error) {
      this.#fail(error instanceof ShellError ? error.message : renderError(error, sql))
    }
  }

  #fail(text: string): void {
    const { file, err } = this.#options
    err(file === undefined ? text : `${file}:${this.#line}: ${text}`)
    this.#failed = true
    if (isOn(this.#variables.get('ON_ERROR_STOP'))) throw new ScriptStopped()
  }

  /** Each statement in a transaction of its own, unless the script has opened one. */
  async #run(sql: string): Promise<TextResult> {
    const { session } = this.#options
    if (transactionControl.test(sql)) return await session.run(sql)
    if (session.status === 'open') return await this.#runUnsealed(sql)
    if (session.status === 'failed') return await session.run(sql)
    await session.begin()
    try {
      const result = await this.#runUnsealed(sql)
      await session.commit()
      return result
    } catch (error) {
      await session.rollback()
      // VACUUM, CREATE DATABASE and their like refuse any transaction, and read no keys.
      if (errorCode(error) === '25001') return await session.run(sql)
      throw error
    }
  }

  async #runUnsealed(sql: string): Promise<TextResult> {
    await this.#options.unseal(this.#options.session)
    return await this.#options.session.run(sql)
  }
}

/** Words apart by blanks; quotes hold a word together; variables are put in. */
function splitArguments(text: string, variables: Variables): string[] {
  const words = text.matchAll(/'((?:[^']|'')*)'|:(?:'(\w+)'|(\w+))|(\S+)/g)
  return [...words].map(([whole, quoted, literal, variable, plain]) => {
    if (quoted !== undefined) return quoted.replaceAll("''", "'")
    const name = literal ?? variable
    return name === undefined ? (plain ?? '') : (variables.get(name) ?? whole)
  })
}
