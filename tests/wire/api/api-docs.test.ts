import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseAst } from 'vitest/node'
import { type AstNode, isNode } from '../../tidy/ast.ts'
import { endpoints } from './endpoints.ts'
import { renderBlocks } from './render.ts'

const root = new URL('../../../', import.meta.url)
const path = new URL('docs/api.md', root)
const blocks = renderBlocks(endpoints)

describe('docs/api.md', () => {
  test.each([...blocks])('has the table of %s; UPDATE_API=1 writes it anew', (name, table) => {
    const block = `<!-- ${name} -->\n\n${table}\n\n<!-- end of ${name} -->`
    if (process.env.UPDATE_API === '1') {
      const begin = `<!-- ${name} -->`
      const end = `<!-- end of ${name} -->`
      const text = readFileSync(path, 'utf8')
      writeFileSync(path, text.slice(0, text.indexOf(begin)) + block + text.slice(text.indexOf(end) + end.length))
    }
    expect(readFileSync(path, 'utf8')).toContain(block)
  })
})

describe('each field of the official SDKs has a row', () => {
  const types = endpoints.flatMap(({ path, types, fields }) => types.map(([file, name]) => ({ path, file, name, fields })))
  test.each(types)('$path: $name of $file', ({ file, name, fields }) => {
    const members = membersOf(file, name)
    expect(members.length).toBeGreaterThan(1)
    const rows = new Set(fields.map(({ field }) => field))
    expect(
      members.filter((member) => !rows.has(member)),
      'SDK fields without a row',
    ).toEqual([])
  })
})

/** The names of an interface's members, as the SDK's declarations have them. */
function membersOf(file: string, name: string): string[] {
  const ast = parseAst(readFileSync(new URL(`node_modules/${file}`, root), 'utf8'), { lang: 'dts' }, file) as unknown as AstNode
  const declared = (ast.body as AstNode[]).map((node) => (isNode(node.declaration) ? node.declaration : node))
  const found = declared.find((node) => node.type === 'TSInterfaceDeclaration' && (node.id as AstNode).name === name)
  const members = ((found?.body as AstNode | undefined)?.body ?? []) as AstNode[]
  return members.map(({ key }) => String((key as AstNode).name ?? (key as AstNode).value))
}
