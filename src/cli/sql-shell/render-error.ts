/** A failed statement as psql prints it: severity, message, the line with a caret under the place, and what the server says besides. */
export function renderError(error: unknown, sql: string): string {
  if (!(error instanceof Error)) return `ERROR:  ${String(error)}`
  const { severity, position, detail, hint } = error as Error & { severity?: string; position?: string; detail?: string; hint?: string }
  return [
    `${severity ?? 'ERROR'}:  ${error.message}`,
    ...(position === undefined ? [] : pointAt(sql, Number(position))),
    ...(detail === undefined ? [] : [`DETAIL:  ${detail}`]),
    ...(hint === undefined ? [] : [`HINT:  ${hint}`]),
  ].join('\n')
}

/** `position` counts characters from 1, not UTF-16 units. */
function pointAt(sql: string, position: number): string[] {
  const before = [...sql].slice(0, position - 1).join('')
  const number = before.split('\n').length
  const line = (sql.split('\n')[number - 1] ?? '').replaceAll('\t', ' ')
  const prefix = `LINE ${number}: `
  const column = [...before.slice(before.lastIndexOf('\n') + 1)].length
  return [`${prefix}${line}`, `${' '.repeat(prefix.length + column)}^`]
}
