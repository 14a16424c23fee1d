/** A node of the ESTree with types that Vite's own parser (oxc) makes: TypeScript 7 has no stable API for this. */
export interface AstNode {
  type: string
  start: number
  end: number
  [key: string]: unknown
}

/** A string literal or template as a rule sees it; every `${…}` of a template reads as `x`. */
export interface TextLiteral {
  value: string
  node: AstNode
  parent: AstNode | undefined
}

/** Visits parents before children; a visitor that returns false is not taken further down. */
export function walk(
  node: AstNode,
  visit: (node: AstNode, ancestors: readonly AstNode[]) => unknown,
  ancestors: readonly AstNode[] = [],
): void {
  if (visit(node, ancestors) === false) return
  const inner = [...ancestors, node]
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) walk(child, visit, inner)
  }
}

export function isNode(value: unknown): value is AstNode {
  return typeof value === 'object' && value !== null && typeof (value as AstNode).type === 'string'
}

/** The value of a string literal node. */
export function stringOf(value: unknown): string | undefined {
  return isNode(value) && value.type === 'Literal' && typeof value.value === 'string' ? value.value : undefined
}

/** The last name of `a`, `a.b`, `this.b`, `a?.b` or `a()`: what a reader would call the thing. */
export function nameOf(value: unknown): string | undefined {
  if (!isNode(value)) return undefined
  if (value.type === 'Identifier') return String(value.name)
  if (value.type === 'MemberExpression') return value.computed ? stringOf(value.property) : nameOf(value.property)
  if (value.type === 'CallExpression') return nameOf(value.callee)
  if (value.type === 'ChainExpression' || value.type === 'TSNonNullExpression') return nameOf(value.expression)
  return undefined
}

/** Outermost string literals and templates, not the specifiers of imports. */
export function textLiterals(ast: AstNode): TextLiteral[] {
  const found: TextLiteral[] = []
  walk(ast, (node, ancestors) => {
    const parent = ancestors.at(-1)
    const text = stringOf(node)
    if (text !== undefined && !(parent && parent.source === node)) found.push({ value: text, node, parent })
    if (node.type !== 'TemplateLiteral') return true
    found.push({ value: templateText(node), node, parent })
    // What a statement is put together from belongs to it.
    return false
  })
  return found
}

function templateText(node: AstNode): string {
  const quasis = node.quasis as { value: { cooked: string | null; raw: string } }[]
  return quasis.map((quasi) => quasi.value.cooked ?? quasi.value.raw).join('x')
}
