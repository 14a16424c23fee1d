import { schemaFactor, toolsOverheadTokens } from './input-overheads.ts'
import { jsonBytes } from './json-bytes.ts'

/**
 * Of all that a body holds besides its messages: schemas and tools count `schemaFactor` times. `silentFields` are counted elsewhere or
 * never shown to a model; any other field may be, also one that we do not know.
 */
export function fieldsBound(body: Record<string, unknown>, schemaFields: readonly string[], silentFields: ReadonlySet<string>): number {
  let tokens = 0
  let schemas = 0
  for (const field of schemaFields) schemas += body[field] == null ? 0 : jsonBytes(body[field])
  if (schemas > 0) tokens += toolsOverheadTokens + schemas * schemaFactor
  for (const [field, value] of Object.entries(body)) {
    if (!silentFields.has(field) && (typeof value === 'string' || typeof value === 'object')) tokens += jsonBytes(value)
  }
  return tokens
}
