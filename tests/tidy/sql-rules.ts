import { nameOf, type TextLiteral, textLiterals } from './ast.ts'
import { isTest, type Project, type Rule, type SourceFile, type Violation } from './project.ts'

// English also has sentences with "select … from …" and "update …": a statement needs its first word in one case, and the grammar that follows it.
const object =
  '(?:table|(?:materialized )?view|index|function|procedure|schema|role|user|policy|trigger|extension|type|sequence|database|publication)'
const statements: readonly RegExp[] = [
  /^with (?:recursive )?\w+ ?(?:\([^)]*\) )?as (?:not )?(?:materialized )?\(/i,
  /^select (?:distinct )?(?:\*|\d|\$\d|'|null\b|true\b|false\b|exists ?\(|[\w.]+ ?\()/i,
  /^select .*? from (?!(?:the|an?|your|our|this|these|all|any|one) )["\w(]/i,
  /^insert into ["\w.]+ ?(?:\(|values\b|select\b|default\b|as\b)/i,
  /^update (?:only )?["\w.]+ (?:(?:as )?\w+ )?set (?:["\w.]+ ?=|\()/i,
  /^delete from (?:only )?["\w.]+(?: (?:as )?\w+)?(?:$| (?:where|using|returning)\b|;)/i,
  /^merge into ["\w.]+/i,
  new RegExp(`^(?:create|alter|drop|comment on)(?: or replace| unique| temp| temporary| unlogged)* ${object} ["\\w.]`, 'i'),
  /^(?:truncate|vacuum|analyze|reindex|refresh materialized view)(?: table| full| analyze)? ["\w.]+;?$/i,
  /^(?:grant|revoke) (?:all|select|insert|update|delete|usage|execute|connect|create)\b.* (?:on|to|from) /i,
  /^(?:begin|start transaction|commit|rollback)(?:;| isolation| read| work)/i,
  /^set (?:(?:local|session|transaction|constraints) \w|role (?:anon|authenticated|service_role|catraca_\w+|none|x\b|"))/i,
  /^lock table ["\w.]+/i,
  /^copy ["\w.]+ ?(?:\([^)]*\) )?(?:from|to) (?:stdin|stdout|')/i,
  /^do \$\w*\$/i,
]

/** Words that are a statement only as the argument of a query. */
const bareStatement = /^(?:begin|commit|rollback|reset role|discard all|(?:listen|unlisten|notify) ["\w*]+.*);?$/i

/** Pieces that a statement is put together from. */
const fragments: readonly RegExp[] = [
  /\b(?:where|and|or|set|having|values|limit|offset|interval)\b.*?(?:[=<>(,] ?|\b(?:limit|offset|in|any|like|ilike|between) ?\(? ?)\$(?:\d|x\b)/i,
  /^order by [\w."]+(?: (?:asc|desc)\b|,|$)/i,
  /\bon conflict\b.*\bdo (?:nothing|update)\b/i,
]

function normalise(text: string): string {
  return text
    .replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}

function isStatement({ value, parent }: TextLiteral): boolean {
  const text = normalise(value)
  const [word = ''] = text.split(' ')
  if (word !== word.toLowerCase() && word !== word.toUpperCase()) return false
  if (statements.some((pattern) => pattern.test(text))) return true
  return (
    bareStatement.test(text) && parent?.type === 'CallExpression' && /^(?:query|execute|exec|unsafe)$/.test(nameOf(parent.callee) ?? '')
  )
}

function isFragment({ value }: TextLiteral): boolean {
  const text = normalise(value)
  return fragments.some((pattern) => pattern.test(text))
}

function judgeLiterals(
  project: Project,
  reads: (path: string) => boolean,
  judge: (literal: TextLiteral, file: SourceFile) => string | undefined,
): Violation[] {
  const violations: Violation[] = []
  for (const file of project.sources.values()) {
    if (!reads(file.path)) continue
    for (const literal of textLiterals(file.ast)) {
      const message = judge(literal, file)
      if (message) violations.push({ file: file.path, line: file.lineAt(literal.node.start), message })
    }
  }
  return violations
}

function shipped(path: string): boolean {
  return path.startsWith('src/') && !isTest(path)
}

function mayHoldSql(path: string): boolean {
  return path.includes('/sql/') || path.startsWith('src/database/')
}

const placeRule: Rule = {
  name: 'SQL in its place',
  check: (project) =>
    judgeLiterals(
      project,
      (path) => shipped(path) && !mayHoldSql(path),
      (literal) => (isStatement(literal) || isFragment(literal) ? 'SQL belongs into a sql/ folder, one statement a file' : undefined),
    ),
}

const idAsText = /\bid::text (?:= \$|= any|in\b)/

const formRule: Rule = {
  name: 'SQL form',
  check(project) {
    const violations = judgeLiterals(
      project,
      (path) => shipped(path) && mayHoldSql(path),
      (literal) => {
        const [word = ''] = normalise(literal.value).split(' ')
        if (idAsText.test(literal.value)) return 'no index finds an id that is compared as text: $1::uuid, after isUuid'
        return isStatement(literal) && word !== word.toLowerCase() ? `SQL is lower case, not ${word}` : undefined
      },
    )
    for (const file of project.sources.values()) {
      if (!shipped(file.path) || !file.path.includes('/sql/')) continue
      const second = textLiterals(file.ast).filter(isStatement)[1]
      if (second)
        violations.push({ file: file.path, line: file.lineAt(second.node.start), message: 'a second statement: one statement a file' })
    }
    return violations
  },
}

const ledgerTables = /\b(?:budget_periods|budget_holds|budget_adjustments|budget_alerts|call_admissions)\b/
/** The table under the view `client_budgets`; as a word it is also English. */
const budgetsTable = /\b(?:from|join|into|update|table|only)\s+(?:public\.)?(budgets)\b/i

const ledgerRule: Rule = {
  name: 'ledger tables',
  check: (project) =>
    judgeLiterals(
      project,
      (path) => shipped(path) && !path.startsWith('src/ledger/sql/'),
      (literal) => {
        const table = ledgerTables.exec(literal.value)?.[0] ?? (isStatement(literal) ? budgetsTable.exec(literal.value)?.[1] : undefined)
        return table ? `${table} is named only in src/ledger/sql; ask the ledger's door` : undefined
      },
    ),
}

export const sqlRules: readonly Rule[] = [placeRule, formRule, ledgerRule]
