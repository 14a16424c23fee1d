/** JSON of what holds bigints: small ones as numbers, because counts are; what a number cannot hold exactly stays so as text. */
export function stringify(value: unknown): string {
  return JSON.stringify(value, (_key, field: unknown) => {
    if (typeof field !== 'bigint') return field
    const number = Number(field)
    return Number.isSafeInteger(number) ? number : field.toString()
  })
}
