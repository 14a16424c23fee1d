/** The word itself and not null: commander would make '' of that. */
export function orNone<T>(parse: (text: string) => T): (text: string) => T | 'none' {
  return (text) => (text === 'none' ? 'none' : parse(text))
}

export function unlessNone<T>(value: T | 'none'): T | null {
  return value === 'none' ? null : value
}
