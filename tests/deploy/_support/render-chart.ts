import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readYaml } from './read-yaml.ts'

type Scope = Record<string, unknown>

/**
 * A Helm chart's templates, as far as ours go: values, `include`, `toYaml`, `quote`, `default`, `nindent`, `not`, if, with, range over a map.
 * Throws at whatever else stands there, and at a value that values.yaml does not have.
 */
export function renderChart(folder: string, overrides: Scope = {}): Map<string, Scope> {
  const read = (path: string) => readFileSync(join(folder, path), 'utf8')
  const chart = readYaml(read('Chart.yaml')) as Scope
  const root: Scope = {
    Values: { ...(readYaml(read('values.yaml')) as Scope), ...overrides },
    Chart: { Name: chart.name, Version: chart.version, AppVersion: chart.appVersion },
    Release: { Name: 'test', Namespace: 'test', Service: 'Helm' },
  }
  const renderer = new Renderer(root)
  renderer.render(read('templates/_helpers.tpl'), root)
  const rendered = new Map<string, Scope>()
  for (const name of readdirSync(join(folder, 'templates'))) {
    const text = renderer.render(read(`templates/${name}`), root)
    if (name.endsWith('.yaml') && text.trim() !== '') rendered.set(name, readYaml(text) as Scope)
  }
  return rendered
}

interface Part {
  text?: string
  action?: string
}

class Renderer {
  readonly #root: Scope
  readonly #defined = new Map<string, Part[]>()

  constructor(root: Scope) {
    this.#root = root
  }

  render(source: string, dot: unknown): string {
    const parts = source.split(/(\s*\{\{-[\s\S]*?-?\}\}|\{\{[\s\S]*?-?\}\})/).map((text): Part => {
      const action = /^\s*\{\{-?\s*([\s\S]*?)\s*-?\}\}$/.exec(text)?.[1]
      return action === undefined ? { text } : { action }
    })
    for (const [i, { action }] of parts.entries()) {
      const before = source.split(/(\s*\{\{-[\s\S]*?-?\}\}|\{\{[\s\S]*?-?\}\})/)[i]
      const next = parts[i + 1]
      if (action !== undefined && before?.endsWith('-}}') && next?.text !== undefined) next.text = next.text.trimStart()
    }
    return this.#run(parts, dot, {})
  }

  #run(parts: Part[], dot: unknown, variables: Scope): string {
    let out = ''
    for (let at = 0; at < parts.length; at += 1) {
      const { text, action } = parts[at] ?? {}
      if (action === undefined) out += text
      else if (/^(if|with|range|define) /.test(action)) {
        const end = endOf(parts, at)
        out += this.#control(action, parts.slice(at + 1, end), dot, variables)
        at = end
      } else out += String(this.#pipeline(action, dot, variables))
    }
    return out
  }

  #control(action: string, body: Part[], dot: unknown, variables: Scope): string {
    const [, word = '', rest = ''] = /^(\w+) (.*)$/.exec(action) ?? []
    if (word === 'define') {
      this.#defined.set(JSON.parse(rest), body)
      return ''
    }
    if (word === 'range') {
      const [, key = '', value = '', over = ''] = /^\$(\w+), \$(\w+) := (.*)$/.exec(rest) ?? []
      const entries = Object.entries(this.#pipeline(over, dot, variables) as Scope)
      return entries.map(([name, item]) => this.#run(body, item, { ...variables, [key]: name, [value]: item })).join('')
    }
    const value = this.#pipeline(rest, dot, variables)
    if (isEmpty(value)) return ''
    return this.#run(body, word === 'with' ? value : dot, variables)
  }

  #pipeline(action: string, dot: unknown, variables: Scope): unknown {
    const [first = '', ...filters] = action.split(' | ')
    let value = this.#term(first, dot, variables)
    for (const filter of filters) {
      const [, word = '', argument = ''] = /^(\w+)(?: (.*))?$/.exec(filter) ?? []
      if (word === 'quote') value = JSON.stringify(String(value))
      else if (word === 'default') value = isEmpty(value) ? this.#term(argument, dot, variables) : value
      else if (word === 'nindent') value = `\n${String(value).replace(/^(?=.)/gm, ' '.repeat(Number(argument)))}`
      else throw new Error(`unknown filter: ${filter}`)
    }
    return value
  }

  #term(term: string, dot: unknown, variables: Scope): unknown {
    const [, word, argument = ''] = /^(include|toYaml|not) (.*)$/.exec(term) ?? []
    if (word === 'include') {
      const body = this.#defined.get(JSON.parse(argument.replace(/ \.$/, '')))
      if (!body) throw new Error(`not defined: ${argument}`)
      return this.#run(body, this.#root, {}).trim()
    }
    if (word === 'toYaml') return JSON.stringify(this.#term(argument, dot, variables))
    if (word === 'not') return isEmpty(this.#term(argument, dot, variables))
    if (term === '.') return dot
    if (term.startsWith('$')) return variables[term.slice(1)]
    if (!/^(\.\w+)+$/.test(term)) throw new Error(`not understood: ${term}`)
    return term
      .slice(1)
      .split('.')
      .reduce<unknown>((scope, name) => {
        if (typeof scope !== 'object' || scope === null || !(name in scope)) throw new Error(`no value: ${term}`)
        return (scope as Scope)[name]
      }, this.#root)
  }
}

function endOf(parts: Part[], from: number): number {
  let open = 0
  for (let at = from; at < parts.length; at += 1) {
    const action = parts[at]?.action ?? ''
    if (/^(if|with|range|define) /.test(action)) open += 1
    if (action === 'end') open -= 1
    if (open === 0) return at
  }
  throw new Error('an end is missing')
}

function isEmpty(value: unknown): boolean {
  return !value || (typeof value === 'object' && Object.keys(value).length === 0)
}
