/**
 * What a spreadsheet would take for a formula, and run: at the beginning of a cell, and behind whatever another one takes for the end of a
 * cell or a line. A Brazilian Excel parts cells at `;`, and then quotes in the middle of one protect nothing.
 */
const formula = /(^|[;\t\r\n]) *(?=[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])/g
const plainNumber = /^-?\d+(\.\d+)?$/

/** A line of CSV (RFC 4180), its end included. Objects and lists become JSON. */
export function csvLine(values: readonly unknown[]): string {
  return `${values.map(cell).join(',')}\r\n`
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return ''
  const text = value instanceof Date ? value.toISOString() : typeof value === 'object' ? JSON.stringify(value) : String(value)
  const safe = plainNumber.test(text) ? text : text.replace(formula, "$&'")
  return /[",;\t\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
