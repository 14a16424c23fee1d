import { type AstNode, isNode, nameOf, walk } from './ast.ts'
import { countLines, isTest, type Project, type Rule, type SourceFile, type Violation } from './project.ts'

const longestFile = 500
const longestFunction = 70
const longestMain = 60

/** Data, not code: rows that nobody reads from top to bottom. Each is named here. */
const dataFiles = new Set<string>([])

/** Runs `judge` on every node of every source file that `reads` lets through. */
export function judgeNodes(
  project: Project,
  reads: (path: string) => boolean,
  judge: (node: AstNode, ancestors: readonly AstNode[], file: SourceFile) => string | undefined,
): Violation[] {
  const violations: Violation[] = []
  for (const file of project.sources.values()) {
    if (!reads(file.path)) continue
    walk(file.ast, (node, ancestors) => {
      const message = judge(node, ancestors, file)
      if (message) violations.push({ file: file.path, line: file.lineAt(node.start), message })
    })
  }
  return violations
}

const fileLengthRule: Rule = {
  name: 'file length',
  check(project) {
    const violations: Violation[] = []
    for (const { path, text } of project.sources.values()) {
      const limit = path === 'src/main.ts' ? longestMain : longestFile
      const lines = countLines(text)
      if (lines > limit && !dataFiles.has(path))
        violations.push({ file: path, line: limit + 1, message: `${lines} lines, more than ${limit}` })
    }
    return violations
  },
}

const functionTypes = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'])

const functionLengthRule: Rule = {
  name: 'function length',
  check: (project) =>
    judgeNodes(
      project,
      (path) => !dataFiles.has(path),
      (node, ancestors, file) => {
        if (!functionTypes.has(node.type)) return undefined
        const parent = ancestors.at(-1)
        // A group of tests is a list, not a function that one has to follow.
        if (isTest(file.path) && parent?.type === 'CallExpression' && /^describe\b/.test(file.text.slice(parent.start, node.start)))
          return undefined
        const lines = file.lineAt(node.end) - file.lineAt(node.start) + 1
        const name = nameOf(node.id) ?? nameOf(parent?.id) ?? nameOf(parent?.key) ?? 'a function'
        return lines > longestFunction ? `${name} has ${lines} lines, more than ${longestFunction}` : undefined
      },
    ),
}

const anyRule: Rule = {
  name: 'no any',
  check: (project) => [
    ...judgeNodes(
      project,
      () => true,
      (node) => (node.type === 'TSAnyKeyword' ? 'say what it is, or unknown' : undefined),
    ),
    ...judgeLines(project, /@ts-(?:ignore|nocheck)\b/, 'the type checker is not switched off', (path) => path.endsWith('.ts')),
  ],
}

/** Tests of the rules write their violations in strings, so text rules look at everything but them. */
export function judgeLines(project: Project, pattern: RegExp, message: string, reads: (path: string) => boolean): Violation[] {
  const violations: Violation[] = []
  for (const [path, text] of project.texts) {
    if (!reads(path) || path === 'tests/tidy.test.ts' || path.startsWith('tests/tidy/')) continue
    for (const [index, line] of text.split('\n').entries())
      if (pattern.test(line)) violations.push({ file: path, line: index + 1, message })
  }
  return violations
}

const defaultExportRule: Rule = {
  name: 'no default exports',
  check: (project) =>
    judgeNodes(
      project,
      (path) => !/\.config\.(?:ts|js)$/.test(path),
      (node) => {
        const isDefault =
          node.type === 'ExportDefaultDeclaration' || (node.type === 'ExportSpecifier' && nameOf(node.exported) === 'default')
        return isDefault ? 'exports have names' : undefined
      },
    ),
}

const readsEnvironment = new Set(['src/config/env.ts'])

const environmentRule: Rule = {
  name: 'process.env',
  check: (project) =>
    judgeNodes(
      project,
      (path) => path.endsWith('.ts') && !isTest(path) && !path.startsWith('benchmarks/') && !readsEnvironment.has(path),
      (node) => {
        const member = node.type === 'MemberExpression' && nameOf(node) === 'env' && nameOf(node.object) === 'process'
        const destructured = node.type === 'VariableDeclarator' && nameOf(node.init) === 'process' && hasKey(node.id, 'env')
        const imported =
          node.type === 'ImportDeclaration' && isNode(node.source) && node.source.value === 'node:process' && hasImport(node, 'env')
        return member || destructured || imported ? 'only src/config/env.ts reads the environment' : undefined
      },
    ),
}

function hasKey(pattern: unknown, key: string): boolean {
  if (!isNode(pattern) || pattern.type !== 'ObjectPattern') return false
  return (pattern.properties as AstNode[]).some((property) => nameOf(property.key) === key)
}

function hasImport(node: AstNode, name: string): boolean {
  return (node.specifiers as AstNode[]).some((specifier) => nameOf(specifier.imported) === name)
}

const fileNameRule: Rule = {
  name: 'file names',
  check(project) {
    const violations: Violation[] = []
    const kebab = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.(?:test|config|d))?\.(?:ts|tsx|js)$/
    for (const path of project.sources.keys()) {
      const folders = path.split('/')
      const name = folders.pop() ?? ''
      const badFolder = folders.find((folder) => !/^_?[a-z0-9]+(?:-[a-z0-9]+)*$/.test(folder))
      if (!kebab.test(name) || badFolder) violations.push({ file: path, line: 1, message: `${badFolder ?? name} is not kebab-case` })
    }
    return violations
  },
}

export const formRules: readonly Rule[] = [fileLengthRule, functionLengthRule, anyRule, defaultExportRule, environmentRule, fileNameRule]
