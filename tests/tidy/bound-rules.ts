import { type AstNode, isNode, nameOf } from './ast.ts'
import { judgeNodes } from './form-rules.ts'
import { isTest, type Project, type Rule } from './project.ts'

const listPath = 'docs/internals.md'

/** Commands and the emulator are processes of their own that end, or serve one developer. */
function reads(path: string): boolean {
  return path.startsWith('src/') && !isTest(path) && !/^src\/(?:cli|emulator)\//.test(path)
}

/** `new Map()` or `new Set()` that begins empty, or `[]`: something that can grow. */
function canGrow(value: unknown): boolean {
  if (!isNode(value)) return false
  if (value.type === 'ArrayExpression') return (value.elements as unknown[]).length === 0
  return (
    value.type === 'NewExpression' &&
    /^(?:Weak)?(?:Map|Set)$/.test(nameOf(value.callee) ?? '') &&
    (value.arguments as unknown[]).length === 0
  )
}

/** A field of a class, or a constant of a module. What a function has goes with its call; factories list theirs without being asked. */
function grown(node: AstNode, ancestors: readonly AstNode[]): string | undefined {
  if (node.type === 'PropertyDefinition' && canGrow(node.value)) {
    const { key } = node as { key?: AstNode }
    return key?.type === 'PrivateIdentifier' ? `#${String(key.name)}` : nameOf(key)
  }
  const isOfModule = ancestors.every(({ type }) => ['Program', 'ExportNamedDeclaration', 'VariableDeclaration'].includes(type))
  return node.type === 'VariableDeclarator' && isOfModule && canGrow(node.init) ? nameOf(node.id) : undefined
}

/** Nothing in a process may grow without a limit that somebody has thought about and written down. */
const boundRule: Rule = {
  name: 'bounded memory',
  check(project: Project) {
    const list = project.texts.get(listPath) ?? ''
    return judgeNodes(project, reads, (node, ancestors, file) => {
      const name = grown(node, ancestors)
      if (name === undefined || list.includes(`\`${file.path.slice('src/'.length)} ${name}\``)) return undefined
      return `${name} can grow: give it a limit, and a line in ${listPath} (\`${file.path.slice('src/'.length)} ${name}\`)`
    })
  },
}

export const boundRules: readonly Rule[] = [boundRule]
