import { describe, expect, it } from 'vitest'
import { renderError } from './render-error.ts'
import { renderResult } from './render-result.ts'

describe('renderResult', () => {
  it('prints as psql does: centered titles, numbers to the right, null as nothing', () => {
    const fields = [
      { name: 'id', isNumeric: true },
      { name: 'n', isNumeric: false },
    ]
    const rows = [
      ['1', 'ação'],
      ['1000', null],
    ]
    expect(renderResult({ tag: 'SELECT 2', fields, rows })).toBe(
      ['  id  |  n   ', '------+------', '    1 | ação', ' 1000 |', '(2 rows)', '', ''].join('\n'),
    )
  })

  it('marks lines that go on, and shows control characters', () => {
    const result = renderResult({ tag: 'SELECT 1', fields: [{ name: 'text', isNumeric: false }], rows: [['a\n\u001b[2Jb']] })
    expect(result).toBe(['   text   ', '----------', ' a       +', ' \\x1B[2Jb', '(1 row)', '', ''].join('\n'))
  })

  it('prints the tag of a command, and nothing for an empty one', () => {
    expect(renderResult({ tag: 'INSERT 0 1', fields: [], rows: [] })).toBe('INSERT 0 1\n')
    expect(renderResult({ tag: '', fields: [], rows: [] })).toBe('')
  })

  it('takes more rows than a call takes arguments', () => {
    const rows = Array.from({ length: 200_000 }, (_, index) => [String(index)])
    expect(renderResult({ tag: '', fields: [{ name: 'n', isNumeric: true }], rows })).toContain('(200000 rows)')
  })
})

describe('renderError', () => {
  it('points at the place, counted in characters', () => {
    const error = Object.assign(new Error('column "x" does not exist'), { severity: 'ERROR', position: '13', hint: 'Look again.' })
    expect(renderError(error, "select '😀',\nx from t;")).toBe(
      ['ERROR:  column "x" does not exist', 'LINE 2: x from t;', '        ^', 'HINT:  Look again.'].join('\n'),
    )
  })
})
