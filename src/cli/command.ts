import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Terminal } from './terminal.ts'

/** What every command gets. */
export interface CommandOptions {
  json?: boolean
  dataDir?: string
}

/** Adds an example to a command's help; every command has one. */
export function example(command: Command, ...lines: string[]): Command {
  const title = lines.length > 1 ? 'Examples:' : 'Example:'
  return command.addHelpText('after', `\n${title}\n${lines.map((line) => `  $ ${line}`).join('\n')}`)
}

/** A command that opens the database. */
export function onStore(command: Command): Command {
  return command.option('--data-dir <path>', 'where the gateway keeps its data (CATRACA_DATA_DIR; default .catraca)')
}

export function withJson(command: Command): Command {
  return command.option('--json', 'machine-readable, on one line')
}

export function choice(flags: string, description: string, values: readonly string[]): Option {
  return new Option(flags, description).choices(values)
}

/** For flags that take a whole number. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`It must be a whole number from ${least} up.`)
    }
    return value
  }
}

/** Each file of this folder adds its commands. */
export type AddCommands = (program: Command, terminal: Terminal) => void
