import type { Command } from 'commander'

export interface Word {
  word: string
  /** On one line. */
  description: string
}

/** Where on the command line somebody is, as the commands so far: `` at first, then `budget`, then `budget set`. */
export interface Place {
  path: string
  /** What may come next: commands of a group, values of an argument, options. */
  words: Word[]
  /** By option: what may come after it, where that is a choice. */
  values: { option: string; choices: readonly string[] }[]
}

/** Every place of the command line, from commander's own tree: what is completed cannot differ from what is there. */
export function listPlaces(command: Command, path = ''): Place[] {
  const commands = command.commands.filter((child) => child.name() !== 'help')
  const options = command.options.filter((option) => option.long && !option.hidden)
  const here: Place = {
    path,
    words: [
      ...commands.map((child) => ({ word: child.name(), description: oneLine(child.description()) })),
      ...command.registeredArguments.flatMap((argument) =>
        (argument.argChoices ?? []).map((word) => ({ word, description: oneLine(argument.description) })),
      ),
      ...options.map((option) => ({ word: option.long ?? '', description: oneLine(option.description) })),
      { word: '--help', description: 'show help with an example' },
    ],
    values: options.flatMap((option) => (option.argChoices ? [{ option: option.long ?? '', choices: option.argChoices }] : [])),
  }
  return [here, ...commands.flatMap((child) => listPlaces(child, path === '' ? child.name() : `${path} ${child.name()}`))]
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
