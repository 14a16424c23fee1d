/** Where most clients are comes first; the rest by the alphabet. */
const brazil = [
  'America/Sao_Paulo',
  'America/Manaus',
  'America/Fortaleza',
  'America/Bahia',
  'America/Cuiaba',
  'America/Belem',
  'America/Recife',
]

export function timeZoneGroups(labels: { brazil: string; others: string }, current?: string) {
  const known = new Set(Intl.supportedValuesOf('timeZone'))
  // A zone that this browser does not list is still the client's.
  const extra = current !== undefined && !known.has(current) ? [current] : []
  const others = [...extra, ...known].filter((zone) => !brazil.includes(zone))
  const toOption = (value: string) => ({ value, label: value.replaceAll('_', ' ') })
  return [
    { label: labels.brazil, options: brazil.map(toOption) },
    { label: labels.others, options: others.map(toOption) },
  ]
}
