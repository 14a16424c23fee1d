/** What is used here of JSON Schema, as zod writes it. */
export interface Schema {
  type?: string | string[]
  format?: string
  description?: string
  enum?: unknown[]
  const?: unknown
  default?: unknown
  pattern?: string
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  prefixItems?: Schema[]
  additionalProperties?: Schema | boolean
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
}

export interface Field {
  name: string
  schema: Schema
  isRequired: boolean
}

const isNull = (schema: Schema) => schema.type === 'null'

function variantsOf(schema: Schema): Schema[] {
  return schema.anyOf ?? schema.oneOf ?? []
}

/** In a few words: `string (date-time) or null`, `list of object`. */
export function typeText(schema: Schema): string {
  const variants = variantsOf(schema)
  if (variants.length > 0) {
    const [some, nulls] = [variants.filter((one) => !isNull(one)), variants.some(isNull)]
    return [...new Set(some.map(typeText)), ...(nulls ? ['null'] : [])].join(' | ')
  }
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(' | ')
  if (schema.type === 'array') return schema.items ? listText(typeText(schema.items)) : 'array'
  if (Array.isArray(schema.type)) return schema.type.join(' | ')
  const type = schema.type ?? (schema.properties ? 'object' : 'any')
  return schema.format === undefined ? type : `${type} (${schema.format})`
}

function listText(item: string): string {
  return item.includes(' | ') ? `(${item})[]` : `${item}[]`
}

/** What is inside of it: an object's fields, those of a list's items, of the alternatives together. */
export function fieldsOf(schema: Schema): Field[] {
  const own = Object.entries(schema.properties ?? {}).map(([name, inner]) => ({
    name,
    schema: inner,
    isRequired: schema.required?.includes(name) === true,
  }))
  const others = [...variantsOf(schema), ...(schema.allOf ?? []), ...(schema.items ? [schema.items] : [])].flatMap(fieldsOf)
  const every = typeof schema.additionalProperties === 'object' ? fieldsOf(schema.additionalProperties) : []
  const byName = new Map([...own, ...others, ...every].map((field) => [field.name, field]))
  return [...byName.values()]
}

/** The limits that a value has to keep; `length`: the word for how long a text is. */
export function limitsText({ minimum, maximum, minLength, maxLength, pattern, default: first }: Schema, length: string): string[] {
  const isEdge = (value: number) => Math.abs(value) >= Number.MAX_SAFE_INTEGER
  return [
    minimum !== undefined && !isEdge(minimum) && `≥ ${minimum}`,
    maximum !== undefined && !isEdge(maximum) && `≤ ${maximum}`,
    minLength !== undefined && minLength > 1 && `${length} ≥ ${minLength}`,
    maxLength !== undefined && `${length} ≤ ${maxLength}`,
    pattern !== undefined && pattern.length <= 40 && `/${pattern}/`,
    first !== undefined && `= ${JSON.stringify(first)}`,
  ].filter((text) => text !== false)
}

/** A body to begin with: what is required, each with something that fits. */
export function exampleOf(schema: Schema): unknown {
  const [variant] = variantsOf(schema).filter((one) => !isNull(one))
  if (variant) return exampleOf(variant)
  if (schema.const !== undefined) return schema.const
  if (schema.default !== undefined) return schema.default
  if (schema.enum) return schema.enum[0]
  if (schema.properties) {
    const names = schema.required ?? Object.keys(schema.properties).slice(0, 1)
    return Object.fromEntries(names.map((name) => [name, exampleOf(schema.properties?.[name] ?? {})]))
  }
  if (schema.type === 'array') return [exampleOf(schema.items ?? {})]
  if (schema.type === 'boolean') return true
  if (schema.type === 'integer' || schema.type === 'number') return Math.max(schema.minimum ?? 1, 1)
  return schema.type === 'object' ? {} : '…'
}
