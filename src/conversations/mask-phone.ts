/**
 * Enough to know a number by, not enough to call it: its beginning, its last four digits, and dots for at least four between. A number too
 * short for that shows its last two.
 *
 * @example
 * maskPhone('+55 51 99876-1234') // '+5551•••••1234'
 */
export function maskPhone(phone: string): string {
  const plus = phone.trim().startsWith('+') ? '+' : ''
  const digits = phone.replace(/\D/g, '')
  const kept = digits.length >= 12 ? [4, 4] : digits.length >= 8 ? [2, 2] : [0, Math.min(2, digits.length)]
  const [front = 0, back = 0] = kept
  return `${plus}${digits.slice(0, front)}${'•'.repeat(Math.max(4, digits.length - front - back))}${digits.slice(digits.length - back)}`
}
