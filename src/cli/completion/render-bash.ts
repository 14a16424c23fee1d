import type { Place } from './places.ts'
import { quote } from './quote.ts'

export function renderBash(places: readonly Place[]): string {
  const paths = places.filter(({ path }) => path !== '').map(({ path }) => quote(path))
  const values = places.flatMap(({ path, values }) =>
    values.map(({ option, choices }) => `    ${quote(`${path} ${option}`)}) words=${quote(choices.join(' '))} ;;`),
  )
  const words = places.map((place) => `      ${quote(place.path)}) words=${quote(place.words.map(({ word }) => word).join(' '))} ;;`)
  return `# bash: source <(catraca completion bash)
_catraca() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} place= word words=
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${place:+$place }$word" in
      ${paths.join(' | ')}) place="\${place:+$place }$word" ;;
    esac
  done
  case "$place $prev" in
${values.join('\n')}
    *) case "$place" in
${words.join('\n')}
    esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _catraca catraca
`
}
