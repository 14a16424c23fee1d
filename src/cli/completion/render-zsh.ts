import type { Place, Word } from './places.ts'
import { quote } from './quote.ts'

export function renderZsh(places: readonly Place[]): string {
  const paths = places.filter(({ path }) => path !== '').map(({ path }) => quote(path))
  const values = places.flatMap(({ path, values }) =>
    values.map(({ option, choices }) => `    (${quote(`${path} ${option}`)}) compadd -- ${choices.map(quote).join(' ')}; return ;;`),
  )
  const words = places.map((place) => `    (${quote(place.path)}) found=(${place.words.map(describe).join(' ')}) ;;`)
  return `#compdef catraca
# zsh: source <(catraca completion zsh), after compinit
_catraca() {
  local place= word
  local -a found
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "\${place:+$place }$word" in
      (${paths.join('|')}) place="\${place:+$place }$word" ;;
    esac
  done
  case "$place \${words[CURRENT-1]}" in
${values.join('\n')}
  esac
  case "$place" in
${words.join('\n')}
  esac
  _describe 'catraca' found || _files
}
compdef _catraca catraca
`
}

/** `word:description`, a colon in the word would end it. */
function describe({ word, description }: Word): string {
  return quote(`${word.replaceAll(':', '\\:')}:${description}`)
}
