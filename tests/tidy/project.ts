import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { parseAst } from 'vitest/node'
import { type AstNode, stringOf, walk } from './ast.ts'

/** One import, re-export, `import()` or `import('…').Type` of a source file. */
export interface Import {
  specifier: string
  line: number
  typeOnly: boolean
  /** `await import(…)`: it can fail by itself. */
  isDynamic: boolean
  /** The imported names; `*` for a namespace, empty for a side effect. */
  names: readonly string[]
  /** Path inside the repository of a relative specifier, whether or not that file exists. */
  target: string | undefined
}

interface Export {
  name: string
  line: number
}

export interface SourceFile {
  path: string
  text: string
  ast: AstNode
  imports: readonly Import[]
  /** Values by name, no types; what `export *` passes on is its own file's. */
  exports: readonly Export[]
  lineAt(offset: number): number
}

/** What the rules read: code is parsed, everything else is text. Made from the disk or, to prove a rule, from a few strings. */
export interface Project {
  sources: ReadonlyMap<string, SourceFile>
  texts: ReadonlyMap<string, string>
}

export interface Violation {
  file: string
  line: number
  message: string
}

export interface Rule {
  name: string
  check(project: Project): Violation[]
}

const codeFolders = /^(?:src|dashboard|tests|benchmarks|scripts|bin)\//
const codeFile = /\.(?:ts|tsx|js)$/
const textFile =
  /\.(?:ts|tsx|js|mjs|cjs|json|jsonl|md|txt|sql|yml|yaml|toml|conf|cfg|service|sh|css|html|csv|pem|key|crt)$|(?:^|\/)(?:Dockerfile|\.env\.example|\.npmrc|run|install-pgvector)$/
const unreadFolders = new Set(['node_modules', '.git', '.next', 'dist', 'coverage', '__fixtures__'])

export function projectOf(files: Readonly<Record<string, string>>): Project {
  const entries = Object.entries(files)
  const code = entries.filter(([path]) => codeFolders.test(path) && codeFile.test(path))
  return {
    sources: new Map(code.map(([path, text]) => [path, parseSource(path, text)])),
    texts: new Map(entries),
  }
}

export function readProject(root: string): Project {
  const files: Record<string, string> = {}
  const readFolder = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = posix.join(folder, entry.name)
      if (entry.isDirectory() && !unreadFolders.has(entry.name) && !entry.name.startsWith('.catraca')) readFolder(path)
      else if (entry.isFile() && textFile.test(path)) files[path] = readFileSync(join(root, path), 'utf8')
    }
  }
  readFolder('')
  return projectOf(files)
}

/** True for what proves the code and is not shipped: tests may look inside modules and write SQL. */
export function isTest(path: string): boolean {
  return path.startsWith('tests/') || /\.test\.tsx?$/.test(path)
}

/** npm writes them; the examples have their own. */
export function isLockfile(path: string): boolean {
  return /(?:^|\/)package-lock\.json$/.test(path)
}

export function countLines(text: string): number {
  return text.replace(/\n$/, '').split('\n').length
}

function parseSource(path: string, text: string): SourceFile {
  const lineStarts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lineStarts.push(at + 1)
  const lineAt = (offset: number): number => {
    const next = lineStarts.findIndex((start) => start > offset)
    return next < 0 ? lineStarts.length : next
  }
  const lang = path.endsWith('.tsx') ? 'tsx' : path.endsWith('.ts') ? 'ts' : 'js'
  const ast = parseAst(text, { lang }, path) as unknown as AstNode
  return { path, text, ast, lineAt, imports: readImports(path, ast, lineAt), exports: readExports(ast, lineAt) }
}

const importTypes = new Set(['ImportDeclaration', 'ExportNamedDeclaration', 'ExportAllDeclaration', 'ImportExpression', 'TSImportType'])

function readImports(path: string, ast: AstNode, lineAt: (offset: number) => number): Import[] {
  const imports: Import[] = []
  walk(ast, (node) => {
    const specifier = importTypes.has(node.type) ? stringOf(node.source) : undefined
    if (specifier === undefined) return
    const target = specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : undefined
    imports.push({
      specifier,
      target,
      line: lineAt(node.start),
      typeOnly: isTypeOnly(node),
      isDynamic: node.type === 'ImportExpression',
      names: importedNames(node),
    })
  })
  return imports
}

function isTypeOnly(node: AstNode): boolean {
  if (node.type === 'TSImportType' || node.importKind === 'type' || node.exportKind === 'type') return true
  const specifiers = (node.specifiers ?? []) as AstNode[]
  return specifiers.length > 0 && specifiers.every((specifier) => specifier.importKind === 'type' || specifier.exportKind === 'type')
}

function importedNames(node: AstNode): string[] {
  if (node.type === 'ImportExpression' || node.type === 'ExportAllDeclaration') return ['*']
  return ((node.specifiers ?? []) as AstNode[]).map((specifier) => {
    if (specifier.type === 'ImportDefaultSpecifier') return 'default'
    if (specifier.type === 'ImportNamespaceSpecifier') return '*'
    const name = (specifier.imported ?? specifier.local) as AstNode
    return String(name.name ?? name.value)
  })
}

function readExports(ast: AstNode, lineAt: (offset: number) => number): Export[] {
  const exported: Export[] = []
  for (const node of ast.body as AstNode[]) {
    if (node.type !== 'ExportNamedDeclaration' || isTypeOnly(node)) continue
    const declaration = node.declaration as AstNode | null
    const declared = (declaration?.declarations ?? (declaration ? [declaration] : [])) as AstNode[]
    const specifiers = (node.specifiers as AstNode[]).filter(({ exportKind }) => exportKind !== 'type')
    const named = [...declared.map(({ id }) => id), ...specifiers.map(({ exported: name }) => name)] as AstNode[]
    for (const id of named.filter(({ type }) => type === 'Identifier'))
      exported.push({ name: String(id.name ?? id.value), line: lineAt(node.start) })
  }
  return exported
}
