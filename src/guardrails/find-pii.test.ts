import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findPii, maskPii } from './find-pii.ts'

describe('maskPii', () => {
  it.each([
    ['meu CPF é 529.982.247-25, obrigado', 'meu CPF é [CPF], obrigado'],
    ['52998224725', '[CPF]'],
    ['CNPJ 11.222.333/0001-81.', 'CNPJ [CNPJ].'],
    ['11222333000181', '[CNPJ]'],
    ['o novo: 12.ABC.345/01DE-35', 'o novo: [CNPJ]'],
    ['cartão 4111 1111 1111 1111 val 12/30', 'cartão [CARD] val 12/30'],
    ['5555-5555-5555-4444', '[CARD]'],
    ['me liga: (11) 98765-4321', 'me liga: [PHONE]'],
    ['+55 11 98765-4321 ou 1134567890', '[PHONE] ou [PHONE]'],
    ['zap 5511987654321', 'zap [PHONE]'],
    ['de 529.982.247-25 e 11.222.333/0001-81', 'de [CPF] e [CNPJ]'],
    // As an iPhone copies a contact, and as word processors write a document's number.
    ['\u202a+55\u00a0(11)\u00a098765\u20114321\u202c', '\u202a[PHONE]\u202c'],
    ['529.982.247\u201325 e 11.222.333/0001\u201181', '[CPF] e [CNPJ]'],
    ['4111\u00a01111\u00a01111\u00a01111', '[CARD]'],
    ['５２９.９８２.２４７－２５', '[CPF]'],
    ['529 982 247 25, 529.982.247/25, 529-982-247-25', '[CPF], [CPF], [CPF]'],
    ['11 222 333 0001 81 ou 11.222.333 / 0001-81', '[CNPJ] ou [CNPJ]'],
    ['(11) 98765 - 4321, (11)  98765-4321, (11) 9.8765-4321', '[PHONE], [PHONE], [PHONE]'],
    ['segue...529.982.247-25', 'segue...[CPF]'],
  ])('masks %j', (text, masked) => {
    expect(maskPii(text)).toBe(masked)
  })

  it.each([
    '529.982.247-26',
    '111.111.111-11',
    '11.222.333/0001-82',
    '4111 1111 1111 1112',
    'pedido 20261122',
    'R$ 1.234.567,89',
    'ligue 190 ou 0800 123',
    '2026-11-22 11:30:45',
    'id 019aa0c4-7a52-7d1c-8f3e-2f6d5b1c9e10',
    '(20) 98765-4321',
    'versão 10.11.12.13',
  ])('leaves %j alone', (text) => {
    expect(maskPii(text)).toBe(text)
  })

  it('looks only for the kinds that are wanted', () => {
    expect(maskPii('529.982.247-25 (11) 98765-4321', ['phone'])).toBe('529.982.247-25 [PHONE]')
  })

  it('takes few numbers for what they are not', () => {
    const seed = 20261122
    const samples = fc.sample(fc.integer({ min: 10_000_000_000, max: 99_999_999_999 }), { seed, numRuns: 20_000 }).map(String)
    const asCpf = samples.filter((number) => findPii(number, ['cpf']).length > 0).length
    const cards = fc.sample(fc.bigInt({ min: 10n ** 15n, max: 10n ** 16n - 1n }), { seed, numRuns: 20_000 }).map(String)
    const asCard = cards.filter((number) => findPii(number, ['card']).length > 0).length
    console.log(
      `guardrails seed=${seed}: of random 11-digit numbers ${(asCpf / 200).toFixed(2)} % pass as a CPF, of 16-digit ones ${(asCard / 200).toFixed(2)} % as a card`,
    )
    // Two check digits let 1 in 100 pass, one lets 1 in 10, of which half have a card's first digit.
    expect(asCpf / 20_000).toBeLessThan(0.013)
    expect(asCard / 20_000).toBeLessThan(0.07)
  })

  it('never fails and never grows a match over another', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123456789.-/ ()+AZaz') }), (text) => {
        const found = findPii(text)
        for (const [index, match] of found.entries()) {
          expect(match.end).toBeGreaterThan(match.start)
          expect(match.start).toBeGreaterThanOrEqual(found[index - 1]?.end ?? 0)
        }
        expect(findPii(maskPii(text)).length).toBeLessThanOrEqual(found.length)
      }),
    )
  })
})

it('takes a prompt that is nothing but numbers in one look, so that nobody holds up everybody', () => {
  const many = 200_000
  expect(findPii('529.982.247-25 (11) 98765-4321 '.repeat(many))).toHaveLength(2 * many)
})
