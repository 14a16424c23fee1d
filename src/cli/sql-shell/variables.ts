import pg from 'pg'

export type Variables = Map<string, string>

/**
 * `:name`, `:'name'` (as a literal), `:"name"` (as an identifier) or `:{?name}` (is it set?) at this place; undefined for anything else
 * and for a variable that is not set, which stays as it is written.
 */
export function readVariable(line: string, at: number, variables: Variables): { text: string; length: number } | undefined {
  const [whole, asked, quoted, identifier, plain] = /^:(?:\{\?(\w+)\}|'(\w+)'|"(\w+)"|(\w+))/.exec(line.slice(at)) ?? []
  if (whole === undefined) return undefined
  const name = asked ?? quoted ?? identifier ?? plain ?? ''
  const value = variables.get(name)
  if (asked !== undefined) return { text: value === undefined ? 'FALSE' : 'TRUE', length: whole.length }
  if (value === undefined) return undefined
  const text = quoted !== undefined ? pg.escapeLiteral(value) : identifier !== undefined ? pg.escapeIdentifier(value) : value
  return { text, length: whole.length }
}

/** `on`, `true`, `yes`, `1`, and nothing at all: as psql reads its own switches. */
export function isOn(value: string | undefined): boolean {
  return value !== undefined && /^(?:on|true|t|yes|y|1|)$/i.test(value)
}
