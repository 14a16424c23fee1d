/** The last ones as `2026-11`, newest first, by the clock of the zone. */
export function lastMonths(count: number, zone: string, now = new Date()): string[] {
  const [year = 0, month = 1] = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit' })
    .format(now)
    .split('-')
    .map(Number)
  return Array.from({ length: count }, (_, index) => new Date(Date.UTC(year, month - 1 - index, 1)).toISOString().slice(0, 7))
}

/** "novembro de 2026" */
export function monthText(month: string, language: string): string {
  const text = new Intl.DateTimeFormat(language, { timeZone: 'UTC', month: 'long', year: 'numeric' }).format(
    new Date(`${month}-01T00:00:00Z`),
  )
  return text.charAt(0).toUpperCase() + text.slice(1)
}
