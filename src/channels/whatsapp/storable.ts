/** For JSON.stringify: PostgreSQL's JSON has no zero characters and no halves of one. */
export function storable(_name: string, value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('\u0000', '').toWellFormed() : value
}
