import { describe, expect, it } from 'vitest'
import { right, table } from './table.ts'

describe('table', () => {
  it('aligns as people count characters, without trailing blanks', () => {
    const columns = ['NAME', right('N'), 'LAST']
    const rows = [
      ['ação', '1', 'x'],
      ['👩‍👧', '1000', ''],
    ]
    expect(table(columns, rows)).toBe('NAME     N  LAST\nação     1  x\n👩‍👧     1000\n')
  })

  it('shows control characters instead of obeying them', () => {
    expect(table(['A'], [['a\u001b[31m\nb']])).toBe('A\na\\x1B[31m b\n')
  })
})
