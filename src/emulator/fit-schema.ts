import { asArray, asNumber, asRecord, asText, isRecord, type JsonRecord } from './as-record.ts'

const maxDepth = 6

/** The same small value every time that fits a JSON Schema: how structured output and tool arguments are answered. */
export function fitSchema(schema: unknown): unknown {
  return valueFor(schema, asRecord(schema), 0)
}

function valueFor(schema: unknown, root: JsonRecord, depth: number): unknown {
  const node = resolve(schema, root)
  if ('const' in node) return node.const
  if (Array.isArray(node.enum)) return node.enum.find((value) => value !== null) ?? null
  const branches = [...asArray(node.anyOf), ...asArray(node.oneOf)]
  const branch = branches.find((candidate) => asRecord(candidate).type !== 'null') ?? branches[0]
  if (branch !== undefined) return valueFor(branch, root, depth + 1)
  if ('default' in node) return node.default
  switch (typeOf(node)) {
    case 'object':
      return fitObject(node, root, depth)
    case 'array':
      return fitArray(node, root, depth)
    case 'integer':
      return Math.ceil(fitNumber(node, 1))
    case 'number':
      return fitNumber(node, 1.5)
    case 'boolean':
      return true
    case 'null':
      return null
    default:
      return fitText(node)
  }
}

function resolve(schema: unknown, root: JsonRecord): JsonRecord {
  let node = asRecord(schema)
  for (let hops = 0; hops < 8; hops++) {
    const reference = asText(node.$ref)
    if (reference === undefined) break
    let target: unknown = root
    for (const step of reference.replace(/^#\/?/, '').split('/').filter(Boolean)) {
      target = asRecord(target)[decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~')]
    }
    node = asRecord(target)
  }
  const parts = asArray(node.allOf)
  return parts.length === 0
    ? node
    : mergeAll(
        node,
        parts.map((part) => resolve(part, root)),
      )
}

function mergeAll(node: JsonRecord, parts: JsonRecord[]): JsonRecord {
  const { allOf: _merged, ...own } = node
  const all = [own, ...parts]
  return {
    ...Object.assign({}, ...all),
    properties: Object.assign({}, ...all.map((part) => asRecord(part.properties))),
    required: all.flatMap((part) => asArray(part.required)),
  }
}

// Google writes types in capitals, and JSON Schema allows a list of them.
function typeOf(node: JsonRecord): string {
  const named = Array.isArray(node.type) ? node.type.find((type) => type !== 'null') : node.type
  if (typeof named === 'string') return named.toLowerCase()
  if (isRecord(node.properties)) return 'object'
  return 'items' in node ? 'array' : 'string'
}

function fitObject(node: JsonRecord, root: JsonRecord, depth: number): JsonRecord {
  const required = new Set(asArray(node.required))
  const fitted: JsonRecord = {}
  for (const [name, property] of Object.entries(asRecord(node.properties))) {
    // A recursive schema ends because only its optional branches can lead back to itself.
    if (depth < maxDepth || required.has(name)) fitted[name] = depth > maxDepth * 4 ? null : valueFor(property, root, depth + 1)
  }
  return fitted
}

function fitArray(node: JsonRecord, root: JsonRecord, depth: number): unknown[] {
  const prefix = asArray(node.prefixItems)
  if (prefix.length > 0) return prefix.map((item) => valueFor(item, root, depth + 1))
  const length = asNumber(node.minItems) ?? (depth < maxDepth && asNumber(node.maxItems) !== 0 ? 1 : 0)
  return Array.from({ length }, () => valueFor(node.items, root, depth + 1))
}

function fitNumber(node: JsonRecord, preferred: number): number {
  const step = asNumber(node.multipleOf)
  const above = asNumber(node.exclusiveMinimum)
  const below = asNumber(node.exclusiveMaximum)
  const low = asNumber(node.minimum) ?? (above === undefined ? undefined : above + (step ?? 1))
  const high = asNumber(node.maximum) ?? (below === undefined ? undefined : below - (step ?? 1))
  const value = Math.min(Math.max(preferred, low ?? preferred), high ?? Number.POSITIVE_INFINITY)
  return step === undefined ? value : Math.ceil(value / step) * step
}

const formats: Record<string, string> = {
  'date-time': '2026-01-02T03:04:05Z',
  date: '2026-01-02',
  time: '03:04:05Z',
  email: 'demo@example.com',
  uri: 'https://example.com/',
  url: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
  ipv4: '192.0.2.1',
}

function fitText(node: JsonRecord): string {
  const known = formats[asText(node.format) ?? '']
  if (known !== undefined) return known
  const text = 'demonstração'.padEnd(asNumber(node.minLength) ?? 0, 'o')
  return text.slice(0, asNumber(node.maxLength) ?? text.length)
}
