import { type AstNode, isNode, nameOf, stringOf, textLiterals } from './ast.ts'
import { judgeNodes } from './form-rules.ts'
import { type Import, isTest, type Rule, type Violation } from './project.ts'

/** Where code may hold what belongs to one provider: its description, and the emulator that plays it. */
function knowsProviders(path: string): boolean {
  return !path.startsWith('src/') || isTest(path) || /^src\/(?:providers|emulator)\//.test(path)
}

/** Who else opens outgoing HTTP connections, and to whom; never to a model host. */
const otherClients: readonly { path: RegExp; to: string }[] = [
  { path: /^src\/pricing\/[a-z-]*(?:exchange-rate|ptax)[a-z-]*\.ts$/, to: 'Banco Central do Brasil' },
  { path: /^src\/cli\//, to: 'our own server and emulator on loopback' },
  { path: /^src\/notifications\/post-to-public\.ts$/, to: 'webhooks, to hosts on the internet only' },
  { path: /^src\/channels\/whatsapp\/graph-client\.ts$/, to: "Meta's Graph API" },
]

const clientPackages = /^(?:undici|openai|axios|got|ky|node:https?|node:http2|node:tls|@ai-sdk\/(?!provider(?:-utils)?$).+)$/
/** What of `ai` opens connections of its own; types, schemas and message helpers are free. */
const opensGateway = /^(?:gateway|createGateway|\*)$/
/** Functions of `ai` that call the model they are given; the library's is our own pipeline. */
const callsModel = /^(?:generate|stream)[A-Z]\w*$|^(?:embed|embedMany|(?:experimental_)?(?:transcribe|generate\w+))$/
const connectingGlobals = new Set(['fetch', 'WebSocket', 'EventSource'])

const connectionRule: Rule = {
  name: 'connections to model hosts',
  check(project) {
    const reads = (path: string): boolean => !knowsProviders(path) && !otherClients.some((client) => client.path.test(path))
    const violations = judgeNodes(project, reads, (node, ancestors) => {
      const called = node.type === 'CallExpression' || node.type === 'NewExpression' ? globalName(node.callee) : undefined
      const passedOn = node.type === 'Identifier' && node.name === 'fetch' && isValue(node, ancestors)
      return (called && connectingGlobals.has(called)) || passedOn ? onlyProviders(called ?? 'fetch') : undefined
    })
    for (const file of project.sources.values()) {
      if (!reads(file.path)) continue
      for (const edge of file.imports) {
        if (edge.typeOnly || !opensConnection(file.path, edge)) continue
        violations.push({ file: file.path, line: edge.line, message: onlyProviders(edge.specifier) })
      }
    }
    return violations
  },
}

function opensConnection(path: string, { specifier, names }: Import): boolean {
  if (specifier === 'node:http' && names.every((name) => name === 'createServer' || name === 'ServerResponse')) return false
  if (specifier !== 'ai') return clientPackages.test(specifier)
  return names.some((name) => opensGateway.test(name) || (callsModel.test(name) && !path.startsWith('src/library/')))
}

function onlyProviders(what: string): string {
  return `${what}: only src/providers opens connections to model hosts`
}

/** `fetch(…)` and `globalThis.fetch(…)`, not `something.fetch(…)`. */
function globalName(callee: unknown): string | undefined {
  if (!isNode(callee)) return undefined
  if (callee.type === 'Identifier') return nameOf(callee)
  return callee.type === 'MemberExpression' && nameOf(callee.object) === 'globalThis' ? nameOf(callee) : undefined
}

/** `fetch` handed to somebody as an argument or a default, not a property, parameter or type of that name. */
function isValue(node: AstNode, ancestors: readonly AstNode[]): boolean {
  const parent = ancestors.at(-1)
  if (parent?.type === 'CallExpression') return (parent.arguments as AstNode[]).includes(node)
  if (parent?.type === 'LogicalExpression' || parent?.type === 'AssignmentPattern') return parent.right === node
  return parent?.type === 'VariableDeclarator' && parent.init === node
}

const modelHosts = /\b(?:api\.openai\.com|api\.groq\.com|api\.anthropic\.com|generativelanguage\.googleapis\.com|ai-gateway\.vercel\.sh)\b/

const hostRule: Rule = {
  name: 'model hosts named once',
  check(project) {
    const violations: Violation[] = []
    for (const file of project.sources.values()) {
      if (knowsProviders(file.path) || file.path.startsWith('src/config/')) continue
      for (const { value, node } of textLiterals(file.ast)) {
        const host = modelHosts.exec(value)?.[0]
        if (host)
          violations.push({ file: file.path, line: file.lineAt(node.start), message: `${host} belongs into its provider's description` })
      }
    }
    return violations
  },
}

const provider = /^(?:openai|groq|anthropic|google|vercel)(?:[/:].*)?$/
const equality = new Set(['===', '!==', '==', '!='])
const membership = /^(?:includes|startsWith|endsWith|has|indexOf)$/
/** `auto`, `vercel` and `direct` are the operator's words for a route; only a provider's name is nobody else's business. */
const routeWords = /^(?:via|route)$/i

const conditionRule: Rule = {
  name: 'no provider in a condition',
  check: (project) =>
    judgeNodes(
      project,
      (path) => !knowsProviders(path),
      (node, ancestors) => {
        const name = stringOf(node)
        if (name === undefined || !provider.test(name)) return undefined
        return decides(node, name, ancestors)
          ? `'${name}' decides something outside src/providers: put it into the provider's description`
          : undefined
      },
    ),
}

function decides(node: AstNode, name: string, ancestors: readonly AstNode[]): boolean {
  const parent = ancestors.at(-1)
  if (parent?.type === 'BinaryExpression' && equality.has(String(parent.operator))) {
    const other = parent.left === node ? parent.right : parent.left
    return !(name === 'vercel' && routeWords.test(nameOf(other) ?? ''))
  }
  if (parent?.type === 'SwitchCase') {
    const subject = ancestors.at(-2)?.discriminant
    return !(name === 'vercel' && routeWords.test(nameOf(subject) ?? ''))
  }
  if (parent?.type === 'CallExpression') return membership.test(nameOf(parent.callee) ?? '')
  // `['openai', 'groq'].includes(…)` and `'openai' in …`
  if (parent?.type === 'ArrayExpression') return isMembershipTest(ancestors)
  return parent?.type === 'BinaryExpression' && parent.operator === 'in'
}

function isMembershipTest(ancestors: readonly AstNode[]): boolean {
  const [call, member, list] = [ancestors.at(-3), ancestors.at(-2), ancestors.at(-1)]
  return (
    call?.type === 'CallExpression' &&
    member?.type === 'MemberExpression' &&
    member.object === list &&
    membership.test(nameOf(member) ?? '')
  )
}

export const providerRules: readonly Rule[] = [connectionRule, hostRule, conditionRule]
