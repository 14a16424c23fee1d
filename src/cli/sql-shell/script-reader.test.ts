import { describe, expect, it } from 'vitest'
import { ScriptReader } from './script-reader.ts'

/** What a script comes to: statements as they are sent, commands as `\name args <- statement`. */
function read(script: string, variables: Record<string, string> = {}): string[] {
  const reader = new ScriptReader(new Map(Object.entries(variables)))
  const items = script
    .split('\n')
    .flatMap((line) =>
      [...reader.read(line)].map((item) => (item.type === 'statement' ? item.sql : `\\${item.name} ${item.args} <- ${item.statement}`)),
    )
  const rest = reader.rest()
  return rest === '' ? items : [...items, `… ${rest}`]
}

describe('ScriptReader', () => {
  it('ends statements at semicolons, several on a line and one over several lines', () => {
    expect(read('select 1; select 2;\nselect\n  3\n;')).toEqual(['select 1;', 'select 2;', 'select\n  3;'])
  })

  it('leaves what no semicolon has ended', () => {
    expect(read('select 1;\nselect 2')).toEqual(['select 1;', '… select 2'])
  })

  it.each([
    ['a string', "select 'a;b', 'it''s; so';"],
    ['an escape string', "select E'it\\'s; so';"],
    ['an identifier', 'select 1 as "a;""b";'],
    ['a dollar quote', 'do $$ begin perform 1; end $$;'],
    ['a tagged dollar quote', "select $body$ a; $$ b; $tag$ c; ' $body$;"],
    ['a block comment, nested', 'select 1 /* a; /* b; */ c; */ + 1;'],
    ['parentheses', 'create rule r as on insert to t do also (select 1; select 2);'],
    [
      'an SQL function body',
      'create or replace function f() returns int language sql begin atomic select case when true then 1 else 2 end; select 2; end;',
    ],
  ])('does not end a statement inside %s', (_name, sql) => {
    expect(read(sql)).toEqual([sql])
  })

  it('knows a parameter from a dollar quote, and a backslash in a plain string from an escape', () => {
    expect(read("select $1, a$b$c from t; select 'C:\\'; select 2;")).toEqual(['select $1, a$b$c from t;', "select 'C:\\';", 'select 2;'])
  })

  it('drops comments to the end of the line, and what is nothing but comments', () => {
    expect(read("-- a; it's\n/* b; */\nselect 1 -- c;\n;;")).toEqual(['select 1 \n;'.replace(' \n', '')])
  })

  it('keeps quotes open over lines', () => {
    expect(read("select 'a;\n-- b\n\\q';")).toEqual(["select 'a;\n-- b\n\\q';"])
  })

  it('takes a backslash to the end of its line as a command, with the statement before it', () => {
    expect(read('\\set ON_ERROR_STOP on\nselect 1 as a \\gset p_\nselect 2;')).toEqual([
      '\\set ON_ERROR_STOP on <- ',
      '\\gset p_ <- select 1 as a',
      'select 2;',
    ])
  })

  it('puts variables in as text, literal and identifier, and leaves what is none', () => {
    const variables = { id: "o'x", n: '5', c: 'a"b' }
    expect(read(`select :'id', :n + 1, :"c", :{?n}, :{?zz}, '1'::int, a[1:2], ':n', :zz, x := 1;`, variables)).toEqual([
      `select 'o''x', 5 + 1, "a""b", TRUE, FALSE, '1'::int, a[1:2], ':n', :zz, x := 1;`,
    ])
  })

  it('sees a variable that an earlier command of the same script has set', () => {
    const variables = new Map<string, string>()
    const reader = new ScriptReader(variables)
    const items = reader.read('\\set x 1 \\\\ select :x;')
    expect(items.next().value).toMatchObject({ type: 'command', name: 'set', args: 'x 1' })
    variables.set('x', '1')
    expect(items.next().value).toEqual({ type: 'statement', sql: 'select 1;' })
  })

  it('says where it is, for the prompt', () => {
    const reader = new ScriptReader(new Map())
    const after = (line: string) => {
      for (const _ of reader.read(line));
      const { state } = reader
      reader.rest()
      return state
    }
    expect(['', 'select', "select '", 'select "', 'select (', '/*', 'do $x$', 'select 1;'].map(after)).toEqual([
      'start',
      'statement',
      'quote',
      'identifier',
      'parenthesis',
      'comment',
      'dollar',
      'start',
    ])
  })
})
