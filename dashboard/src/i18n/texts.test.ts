import { describe, expect, it } from 'vitest'
import { en } from './en/index.ts'
import { ptBr } from './pt-br/index.ts'

/** `home.title` → its text, for every text below. */
function flatten(texts: object, path = ''): Map<string, unknown> {
  return new Map(
    Object.entries(texts).flatMap(([key, value]) =>
      typeof value === 'object' && value !== null ? [...flatten(value, `${path}${key}.`)] : [[`${path}${key}`, value] as const],
    ),
  )
}

/** The `{{names}}` that a text is filled with. */
function blanks(text: unknown): string[] {
  return [...String(text).matchAll(/\{\{\s*([\w.]+)/g)].map((match) => match[1] ?? '').sort()
}

describe('the texts', () => {
  const portuguese = flatten(ptBr)
  const english = flatten(en)

  it('have the same keys in both languages', () => {
    expect([...english.keys()].sort()).toEqual([...portuguese.keys()].sort())
  })

  it('are never empty', () => {
    const empty = [...portuguese, ...english].filter(([, text]) => typeof text !== 'string' || text.trim() === '').map(([key]) => key)
    expect(empty).toEqual([])
  })

  it('never write out the figure of a singular: in Portuguese none is one as well', () => {
    const written = [...portuguese, ...english]
      .filter(([key, text]) => key.endsWith('_one') && blanks(text).length === 0)
      .map(([key]) => key)
    expect(written).toEqual([])
  })

  it('write a percentage as Intl does, in both languages without a space', () => {
    expect([...portuguese, ...english].filter(([, text]) => /[\d}]\s%/.test(String(text))).map(([key]) => key)).toEqual([])
  })

  it('are filled with the same values in both languages', () => {
    const different = [...portuguese].filter(([key, text]) => blanks(text).join() !== blanks(english.get(key)).join()).map(([key]) => key)
    expect(different).toEqual([])
  })
})
