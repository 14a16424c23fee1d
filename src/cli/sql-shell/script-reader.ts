import { readVariable, type Variables } from './variables.ts'

/** A statement to run, or a backslash command. `statement` is what stood before the command on the way to a semicolon. */
export type ScriptItem = { type: 'statement'; sql: string } | { type: 'command'; name: string; args: string; statement: string }

/** Where the reader is: what a prompt shows. */
export type ReaderState = 'start' | 'statement' | 'quote' | 'identifier' | 'comment' | 'dollar' | 'parenthesis'

type Inside =
  | { kind: 'plain' }
  | { kind: 'quote'; escapes: boolean }
  | { kind: 'identifier' }
  | { kind: 'dollar'; tag: string }
  | { kind: 'comment'; depth: number }

const word = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y
const dollarTag = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y

/**
 * Takes a script apart as psql does, line by line: semicolons inside quotes, dollar quotes, comments, parentheses and SQL function bodies
 * (`begin atomic`) do not end a statement; variables are put in where no quote is open; a backslash begins a command that ends with its line.
 */
export class ScriptReader {
  readonly #variables: Variables
  #inside: Inside = { kind: 'plain' }
  #statement = ''
  #parentheses = 0
  #words: string[] = []
  #blocks = 0

  constructor(variables: Variables) {
    this.#variables = variables
  }

  get state(): ReaderState {
    if (this.#inside.kind !== 'plain') return this.#inside.kind
    if (this.#parentheses > 0) return 'parenthesis'
    return this.#statement === '' ? 'start' : 'statement'
  }

  /** What the line completes, one by one: a command may set a variable that the rest of the line uses. */
  *read(line: string): Generator<ScriptItem> {
    let at = 0
    while (at < line.length) {
      if (this.#inside.kind !== 'plain') {
        at = this.#readInside(line, at)
        continue
      }
      const rest = line.slice(at)
      if (rest.startsWith('\\;')) {
        this.#add(';')
        at += 2
      } else if (rest.startsWith('\\')) {
        const [whole = '', name = '', args = ''] = /^\\([a-zA-Z]+|[?!]|)([\s\S]*?)(?=\\\\|$)/.exec(rest) ?? []
        yield { type: 'command', name, args: args.trim(), statement: this.#take() }
        at += whole.length + (line.startsWith('\\\\', at + whole.length) ? 2 : 0)
      } else if (rest.startsWith(';') && this.#parentheses <= 0 && this.#blocks <= 0) {
        at += 1
        const sql = this.#take()
        if (sql !== '') yield { type: 'statement', sql: `${sql};` }
      } else at = this.#readPlain(line, at)
    }
    if (this.#statement !== '') this.#statement += '\n'
  }

  /** The statement that no semicolon has ended. The reader starts afresh. */
  rest(): string {
    this.#inside = { kind: 'plain' }
    return this.#take()
  }

  #take(): string {
    const sql = this.#statement.trim()
    this.#statement = ''
    this.#parentheses = 0
    this.#words = []
    this.#blocks = 0
    return sql
  }

  /** Blanks before a statement are not part of it. */
  #add(text: string): void {
    if (this.#statement !== '' || text.trim() !== '') this.#statement += text
  }

  #readPlain(line: string, at: number): number {
    const character = line[at] ?? ''
    if (line.startsWith('--', at)) return line.length
    if (line.startsWith('/*', at)) return this.#open({ kind: 'comment', depth: 1 }, this.#statement === '' ? '' : '/*', at + 2)
    if (character === "'") return this.#open({ kind: 'quote', escapes: /(?:^|[^A-Za-z0-9_$])[eE]$/.test(this.#statement) }, "'", at + 1)
    if (character === '"') return this.#open({ kind: 'identifier' }, '"', at + 1)
    if (character === '$') {
      const tag = match(dollarTag, line, at)
      if (tag !== undefined) return this.#open({ kind: 'dollar', tag }, tag, at + tag.length)
    }
    if (character === ':') return this.#readColon(line, at)
    const name = match(word, line, at)
    if (name !== undefined) {
      this.#noteWord(name.toLowerCase())
      this.#add(name)
      return at + name.length
    }
    if (character === '(') this.#parentheses += 1
    if (character === ')') this.#parentheses -= 1
    this.#add(character)
    return at + 1
  }

  #open(inside: Inside, text: string, next: number): number {
    this.#inside = inside
    if (text !== '') this.#add(text)
    return next
  }

  #readColon(line: string, at: number): number {
    const operator = ['::', ':='].find((text) => line.startsWith(text, at))
    const variable = operator === undefined ? readVariable(line, at, this.#variables) : undefined
    this.#add(variable?.text ?? operator ?? ':')
    return at + (variable?.length ?? operator?.length ?? 1)
  }

  /** In the body of `create function … begin atomic … end`, semicolons end its statements and not this one. */
  #noteWord(name: string): void {
    if (this.#words.length < 4) this.#words.push(name)
    const [first, ...next] = this.#words
    const defines = first === 'create' && next.some((one) => one === 'function' || one === 'procedure')
    if (!defines) return
    if (name === 'begin' || (name === 'case' && this.#blocks > 0)) this.#blocks += 1
    if (name === 'end' && this.#blocks > 0) this.#blocks -= 1
  }

  #readInside(line: string, at: number): number {
    const inside = this.#inside
    if (inside.kind === 'comment') return this.#readComment(line, at, inside)
    if (inside.kind === 'dollar') return this.#readUntil(line, at, inside.tag)
    const mark = inside.kind === 'quote' ? "'" : '"'
    const escaped = inside.kind === 'quote' && inside.escapes && line[at] === '\\'
    if (escaped || line.startsWith(mark + mark, at)) {
      this.#statement += line.slice(at, at + 2)
      return at + 2
    }
    this.#statement += line[at] ?? ''
    if (line[at] === mark) this.#inside = { kind: 'plain' }
    return at + 1
  }

  #readUntil(line: string, at: number, end: string): number {
    const found = line.indexOf(end, at)
    const next = found < 0 ? line.length : found + end.length
    this.#statement += line.slice(at, next)
    if (found >= 0) this.#inside = { kind: 'plain' }
    return next
  }

  #readComment(line: string, at: number, comment: { kind: 'comment'; depth: number }): number {
    const pair = line.slice(at, at + 2)
    const next = pair === '/*' || pair === '*/' ? at + 2 : at + 1
    if (this.#statement !== '') this.#statement += line.slice(at, next)
    const depth = comment.depth + (pair === '/*' ? 1 : pair === '*/' ? -1 : 0)
    this.#inside = depth === 0 ? { kind: 'plain' } : { kind: 'comment', depth }
    return next
  }
}

function match(pattern: RegExp, line: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(line)?.[0]
}
