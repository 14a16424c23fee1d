import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { encodeQr } from './encode-qr.ts'

/** Each of these drawings was read by zbarimg 0.23 and gave its text back. */
const read = [
  [5, 21, '929ac128a6399324'],
  [30, 25, 'e782e0f579bb29ad'],
  [70, 33, 'f0dfae7e4e48cc57'],
  [100, 37, 'ef116760eea871f6'],
  [130, 41, '17fd5ab9c9b61dbc'],
  [150, 45, 'a82a4a805548692f'],
  [190, 49, 'f6f34a74c85db82d'],
  [225, 53, 'c994e03781ebd711'],
  [271, 57, '0835d001cdfd15cf'],
] as const

describe('encodeQr', () => {
  it.each(read)('draws %i bytes', (length, size, print) => {
    const modules = encodeQr(`otpauth://${'aB3~'.repeat(80)}`.slice(0, length)) ?? []
    const drawing = modules.map((row) => row.map(Number).join('')).join('\n')
    expect(modules.length).toBe(size)
    expect(createHash('sha256').update(drawing).digest('hex').slice(0, 16)).toBe(print)
  })

  it('leaves what does not fit to the key beside it', () => {
    expect(encodeQr('x'.repeat(272))).toBeUndefined()
  })
})
