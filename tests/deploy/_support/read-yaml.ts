type Yaml = string | number | boolean | null | Yaml[] | { [key: string]: Yaml }

interface Line {
  indent: number
  text: string
}

/** As much of YAML as our own deployment files use: maps, lists, scalars, JSON within a line, anchors of maps. Throws at what it does not know. */
export function readYaml(source: string): Yaml {
  const lines = source
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, '').trimEnd())
    .filter((line) => line !== '' && line !== '---')
    .map((line): Line => ({ indent: line.length - line.trimStart().length, text: line.trimStart() }))
  if (lines.some(({ text }) => text.includes('\t'))) throw new Error('a tab')
  return new Reader(lines).document()
}

class Reader {
  readonly #lines: Line[]
  readonly #anchors = new Map<string, Yaml>()
  #at = 0

  constructor(lines: Line[]) {
    this.#lines = lines
  }

  document(): Yaml {
    const value = this.#block(0)
    const left = this.#lines[this.#at]
    if (left) throw new Error(`not understood: ${left.text}`)
    return value
  }

  /** What begins here, at `least` or further in. */
  #block(least: number): Yaml {
    const line = this.#lines[this.#at]
    if (!line || line.indent < least) return null
    if (/^[[{]/.test(line.text)) {
      this.#at += 1
      return JSON.parse(line.text)
    }
    return line.text.startsWith('- ') ? this.#list(line.indent) : this.#map(line.indent)
  }

  #list(indent: number): Yaml[] {
    const list: Yaml[] = []
    for (let line = this.#lines[this.#at]; line?.indent === indent && line.text.startsWith('- '); line = this.#lines[this.#at]) {
      const item = line.text.slice(2)
      if (/^[\w.-]+:( |$)/.test(item)) {
        this.#lines[this.#at] = { indent: indent + 2, text: item }
        list.push(this.#map(indent + 2))
      } else {
        this.#at += 1
        list.push(scalar(item))
      }
    }
    return list
  }

  #map(indent: number): { [key: string]: Yaml } {
    const map: { [key: string]: Yaml } = {}
    for (let line = this.#lines[this.#at]; line?.indent === indent; line = this.#lines[this.#at]) {
      const [, key = '', rest = ''] = /^([\w./<-]+):(?: (.*))?$/.exec(line.text) ?? []
      if (key === '') throw new Error(`no key: ${line.text}`)
      if (key in map) throw new Error(`twice: ${key}`)
      this.#at += 1
      const anchor = /^&(\w+)$/.exec(rest)?.[1]
      if (key === '<<') Object.assign(map, this.#anchors.get(rest.slice(1)))
      else map[key] = rest === '' || anchor !== undefined ? this.#nested(indent) : scalar(rest)
      if (anchor !== undefined) this.#anchors.set(anchor, map[key] ?? null)
    }
    return map
  }

  /** A list may begin under its key without being further in. */
  #nested(indent: number): Yaml {
    return this.#lines[this.#at]?.text.startsWith('- ') ? this.#block(indent) : this.#block(indent + 1)
  }
}

function scalar(text: string): Yaml {
  if (/^["[{]/.test(text)) return JSON.parse(text)
  if (/^(true|false|null|-?\d+(\.\d+)?)$/.test(text)) return JSON.parse(text)
  if (/^['&*|>]/.test(text)) throw new Error(`not understood: ${text}`)
  return text
}
