import type { Place } from './places.ts'
import { quote } from './quote.ts'

export function renderFish(places: readonly Place[]): string {
  const paths = places.filter(({ path }) => path !== '').map(({ path }) => quote(path))
  const lines = places.flatMap(({ path, words, values }) => [
    ...words.map(({ word, description }) => line(path, `-a ${quote(word)} -d ${quote(description)}`)),
    ...values.map(({ option, choices }) => line(`${path} ${option}`, `-a ${quote(choices.join(' '))}`)),
  ])
  return `# fish: catraca completion fish | source
function __catraca_at
  set -l tokens (commandline -opc)
  set -l place
  for word in $tokens[2..]
    if contains -- (string join ' ' $place $word) ${paths.join(' ')}
      set -a place $word
    end
  end
  set -l here (string join ' ' $place)
  # After an option with choices, those; else what may come at this place.
  contains -- "$here $tokens[-1]" $__catraca_choices; and set here "$here $tokens[-1]"
  test "$here" = "$argv[1]"
end
set -g __catraca_choices ${places.flatMap(({ path, values }) => values.map(({ option }) => quote(`${path} ${option}`))).join(' ')}
${lines.join('\n')}
`
}

function line(place: string, rest: string): string {
  return `complete -c catraca -n ${quote(`__catraca_at ${quote(place)}`)} ${rest}`
}
