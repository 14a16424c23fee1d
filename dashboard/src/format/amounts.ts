const digits = 18

/** Exact, of amounts as the API writes them: `subtract('5', '0.000012')` is '4.999988'. */
export function subtract(a: string | number, b: string | number): string {
  return fromUnits(toUnits(a) - toUnits(b))
}

/** Exact as well; null adds nothing. */
export function sum(amounts: readonly (string | number | null)[]): string {
  return fromUnits(amounts.reduce((total: bigint, one) => total + (one === null ? 0n : toUnits(one)), 0n))
}

export function isAbove(a: string | number, b: string | number): boolean {
  return toUnits(a) > toUnits(b)
}

function toUnits(amount: string | number): bigint {
  const [, sign = '', whole = '0', fraction = ''] = /^(-?)(\d+)(?:\.(\d*))?$/.exec(String(amount)) ?? []
  return BigInt(`${sign}${whole}${fraction.slice(0, digits).padEnd(digits, '0')}`)
}

function fromUnits(units: bigint): string {
  const sign = units < 0n ? '-' : ''
  const text = String(units < 0n ? -units : units).padStart(digits + 1, '0')
  const fraction = text.slice(-digits).replace(/0+$/, '')
  return `${sign}${text.slice(0, -digits)}${fraction === '' ? '' : `.${fraction}`}`
}
