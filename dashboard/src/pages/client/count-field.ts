const most = 2_000_000_000

/** What the gateway takes as a limit: a whole number from 1, or nothing. Points and blanks between thousands are no part of it. */
export function toCount(text: string): number | null {
  const digits = text.replace(/[\s.,\u00a0]/g, '')
  return digits === '' ? null : Number(digits)
}

export function countProblem(text: string): boolean {
  const isNumber = /^(?:\d+|\d{1,3}(?:[.,\s\u00a0]\d{3})+)?$/.test(text.trim())
  const count = toCount(text)
  return !isNumber || (count !== null && (count < 1 || count > most))
}
