/** Fields that hold names, addresses and bytes rather than somebody's words. */
const wordless = new Set([
  'type',
  'role',
  'id',
  'model',
  'name',
  'call_id',
  'tool_call_id',
  'tool_use_id',
  'toolCallId',
  'toolName',
  'url',
  'image_url',
  'file_id',
  'file_data',
  'data',
  'format',
  'media_type',
  'mediaType',
  'detail',
  'status',
  'signature',
  'encrypted_content',
  'cache_control',
  'providerOptions',
])

/** Fields whose text is JSON of its own: a number in there is data as well. */
const json = new Set(['arguments'])

/** The same value with every text that a person or a tool may have written mapped; the value itself where nothing changed. */
export function mapTexts<T>(value: T, map: (text: string) => string): T {
  return walk(value, map) as T
}

/** `isData`: within the arguments of a tool, whose fields have names and numbers of their own. */
function walk(value: unknown, map: (text: string) => string, isData = false): unknown {
  if (typeof value === 'string') return map(value)
  if (typeof value === 'number' && isData) {
    const text = map(String(value))
    return text === String(value) ? value : text
  }
  if (Array.isArray(value)) {
    const items = value.map((item) => walk(item, map, isData))
    return items.every((item, index) => item === value[index]) ? value : items
  }
  if (typeof value !== 'object' || value === null || !isPlain(value)) return value
  const entries = Object.entries(value)
  const mapped = entries.map(([name, field]) => [name, isData ? walk(field, map, true) : walkField(value, name, field, map)] as const)
  return mapped.every(([, field], index) => field === entries[index]?.[1]) ? value : Object.fromEntries(mapped)
}

function walkField(holder: object, name: string, field: unknown, map: (text: string) => string): unknown {
  const type = 'type' in holder ? holder.type : undefined
  // What the model thought is signed: another word in it and its own provider refuses it. Others never see it.
  if (name === 'thinking' && type === 'thinking') return field
  // A document may be its own text.
  if (name === 'data' && type === 'text') return walk(field, map)
  if (wordless.has(name) && typeof field !== 'object') return field
  if (wordless.has(name) && (name === 'cache_control' || name === 'providerOptions')) return field
  if (json.has(name) && typeof field === 'string') return mapJson(field, map)
  // What a tool found, as the AI SDK has it.
  if (name === 'value' && (type === 'json' || type === 'error-json')) return walk(field, map, true)
  // Arguments of a tool, in dialects that send them as they are.
  return walk(field, map, name === 'input' && (type === 'tool_use' || type === 'tool-call'))
}

function mapJson(text: string, map: (text: string) => string): string {
  try {
    const value: unknown = JSON.parse(text)
    const mapped = walk(value, map, true)
    return mapped === value ? text : JSON.stringify(mapped)
  } catch {
    return map(text)
  }
}

/** Bytes and addresses are no records of texts. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
