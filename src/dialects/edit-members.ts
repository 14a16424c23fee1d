import { scanObject } from './scan-object.ts'

/**
 * The same JSON object with some outermost members replaced, added or (value undefined) left out. All others keep their very bytes,
 * so that numbers that JavaScript cannot hold and the caller's own spelling survive. `edits` has values by key.
 */
export function editMembers(raw: Buffer, edits: ReadonlyMap<string, unknown>): Buffer {
  const text = raw.toString('latin1')
  const added = new Map(edits)
  let out = ''
  let runStart = -1
  let runEnd = -1
  const add = (member: string) => {
    out += out === '' ? `{${member}` : `,${member}`
  }
  const flush = () => {
    if (runStart !== -1) add(text.slice(runStart, runEnd))
    runStart = -1
  }
  // How deep it nests was judged when it was parsed.
  for (const { key, start, valueStart, end } of scanObject(text, Number.POSITIVE_INFINITY).members) {
    if (!edits.has(key)) {
      if (runStart === -1) runStart = start
      runEnd = end
      continue
    }
    flush()
    added.delete(key)
    const value = edits.get(key)
    if (value !== undefined) add(text.slice(start, valueStart) + asciiJson(value))
  }
  flush()
  for (const [key, value] of added) {
    if (value !== undefined) add(`${asciiJson(key)}:${asciiJson(value)}`)
  }
  return Buffer.from(out === '' ? '{}' : `${out}}`, 'latin1')
}

function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
