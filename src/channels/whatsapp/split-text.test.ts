import { describe, expect, it } from 'vitest'
import { splitText } from './split-text.ts'

describe('splitText', () => {
  it.each([
    ['', []],
    ['  oi  ', ['oi']],
    // PostgreSQL takes no zero characters, and models write some.
    ['ol\u0000á\u0000', ['olá']],
    ['\u0000', []],
    ['Um dois. Tres quatro. Cinco', ['Um dois.', 'Tres quatro.', 'Cinco']],
    ['Primeiro para.\n\nSegundo', ['Primeiro para.', 'Segundo']],
    ['umapalavrasemfimnenhum', ['umapalavrasemfi', 'mnenhum']],
    ['palavras sem ponto final', ['palavras sem', 'ponto final']],
  ])('%j', (text, pieces) => expect(splitText(text, 15)).toEqual(pieces))

  it('cuts no character in two and loses none', () => {
    const text = '🎟️ café '.repeat(2_000)
    const pieces = splitText(text)
    expect(pieces.every((piece) => piece.length <= 4_096 && piece.isWellFormed())).toBe(true)
    expect(pieces.join('').replace(/\s/g, '')).toBe(text.replace(/\s/g, ''))
    expect(splitText('😀'.repeat(10), 7).every((piece) => piece.isWellFormed() && piece.length <= 7)).toBe(true)
  })
})
