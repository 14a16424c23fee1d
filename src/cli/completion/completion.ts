import { Argument } from 'commander'
import { type AddCommands, example } from '../command.ts'
import { listPlaces, type Place } from './places.ts'
import { renderBash } from './render-bash.ts'
import { renderFish } from './render-fish.ts'
import { renderZsh } from './render-zsh.ts'

const shells = { bash: renderBash, zsh: renderZsh, fish: renderFish } satisfies Record<string, (places: readonly Place[]) => string>

export const addCompletionCommand: AddCommands = (program, terminal) => {
  const command = program
    .command('completion')
    .description('print a completion script for your shell, for when catraca is on the PATH')
    .addArgument(new Argument('<shell>', 'your shell').choices(Object.keys(shells)))
  example(
    command,
    'catraca completion bash >> ~/.bashrc',
    'catraca completion zsh >> ~/.zshrc',
    'catraca completion fish > ~/.config/fish/completions/catraca.fish',
  ).action((shell: keyof typeof shells) => {
    terminal.out(shells[shell](listPlaces(program)))
  })
}
