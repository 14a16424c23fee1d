import { hash } from 'node:crypto'

const modulus = 1n << 256n

/** Of a set of rows, whatever order they come in: the sum of their SHA-256. Two databases rarely read a table in the same order. */
export class RowDigest {
  #sum = 0n
  #rows = 0

  add(line: string): void {
    this.#sum += BigInt(`0x${hash('sha256', line, 'hex')}`)
    this.#rows += 1
  }

  get rows(): number {
    return this.#rows
  }

  toString(): string {
    return (this.#sum % modulus).toString(16).padStart(64, '0')
  }
}
