import { expect, it } from 'vitest'
import { csvLine } from './csv.ts'

it.each([
  ['=1+1', "'=1+1"],
  ['  @sum(a1)', "  '@sum(a1)"],
  ['+55 11 98765-4321', "'+55 11 98765-4321"],
  ['＝1+1', "'＝1+1"],
  // What a spreadsheet that parts cells at ; or a tab, as a Brazilian one does, would find in the middle.
  ['ok;=hyperlink(a1)', `"ok;'=hyperlink(a1)"`],
  ['ok; -1+1', `"ok; '-1+1"`],
  ['ok\n=1+1', `"ok\n'=1+1"`],
  ['ok\t=1+1', `"ok\t'=1+1"`],
  ['a "quoted" word', '"a ""quoted"" word"'],
  ['-12.5', '-12.5'],
  ['a-b = c', 'a-b = c'],
])('a spreadsheet runs nothing of %j', (text, cell) => {
  expect(csvLine([text])).toBe(`${cell}\r\n`)
})

it('takes no longer for a text that is made to be slow', () => {
  expect(csvLine(['; '.repeat(500_000)])).toHaveLength(1_000_004)
  expect(csvLine([`;${' '.repeat(1_000_000)}`])).toHaveLength(1_000_005)
})
