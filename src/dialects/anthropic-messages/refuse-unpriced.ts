import { isRecord } from '../../shared/is-record.ts'
import type { CallerHeaders } from '../dialect.ts'
import { refuse } from '../refuse.ts'

/** What changes the price of a call, or who or what answers it, in a way that no hold was made for. */
const refused: ReadonlyMap<string, string> = new Map([
  ['mcp_servers', 'servers that the provider calls by itself add an unknown number of tokens'],
  ['container', 'containers are billed by time and kept in an account that all clients share'],
  ['compaction', 'a summary that the provider writes is billed beside the answer'],
  ['fallbacks', 'the models that may answer are chosen by the gateway: another one has another price'],
  ['fallback_credit_token', 'the models that may answer are chosen by the gateway: another one has another price'],
  ['models', 'the models that may answer are chosen by the gateway: another one has another price'],
  ['thread', 'what is kept in an account that all clients share has an unknown length'],
  ['billing_policy', 'how a call is billed is not for its caller to say'],
  ['user_profile_id', 'how a call is billed is not for its caller to say'],
  ['workspace_id', 'how a call is billed is not for its caller to say'],
  ['providerOptions', 'what providers are told besides comes from the gateway'],
])

/** Values at which these fields change no price: https://platform.claude.com/docs/en/about-claude/pricing */
const unpriced: ReadonlyMap<string, readonly unknown[]> = new Map([
  ['speed', ['standard']],
  ['inference_geo', ['global', 'not_available']],
  ['service_tier', ['auto', 'standard_only']],
])

/** Headers by which the official SDK sends two of these fields. */
const refusedHeaders: Readonly<Record<string, string>> = {
  'anthropic-user-profile-id': 'user_profile_id',
  'anthropic-workspace-id': 'workspace_id',
}

/** Throws InvalidRequestError for what cannot be bounded and priced, by its name. */
export function refuseUnpriced(body: Record<string, unknown>, headers: CallerHeaders): void {
  for (const [header, field] of Object.entries(refusedHeaders)) {
    if (headers[header] !== undefined) throw refuse(field, `${field} is not supported: ${refused.get(field)}`)
  }
  for (const [field, why] of refused) if (body[field] != null) throw refuse(field, `${field} is not supported: ${why}`)
  for (const [field, values] of unpriced) {
    if (body[field] == null || values.includes(body[field])) continue
    throw refuse(field, `${field} can only be ${values.join(' or ')} here: other values have another price`)
  }
  refuseTools(body.tools)
  refuseCompaction(body.context_management)
}

function refuseTools(tools: unknown): void {
  if (tools === undefined || tools === null) return
  if (!Array.isArray(tools)) throw refuse('tools', 'tools must be an array')
  tools.forEach((tool: unknown, index) => {
    if (!isRecord(tool)) throw refuse(`tools[${index}]`, 'a tool must be an object')
    if (tool.type == null || tool.type === 'custom') return
    throw refuse(
      `tools[${index}].type`,
      `The tool ${String(tool.type).slice(0, 100)} is not supported: what the provider's own tools add to a call cannot be bounded and priced. Send a tool of type custom and run it yourself.`,
    )
  })
}

/** Edits that only clear what is old make a prompt shorter; others have the provider write a summary. */
function refuseCompaction(management: unknown): void {
  if (!isRecord(management) || management.edits == null) return
  const { edits } = management
  if (!Array.isArray(edits)) throw refuse('context_management.edits', 'edits must be an array')
  edits.forEach((edit: unknown, index) => {
    if (isRecord(edit) && typeof edit.type === 'string' && edit.type.startsWith('clear_')) return
    throw refuse(`context_management.edits[${index}].type`, 'Only edits that clear are supported: a summary is billed beside the answer')
  })
}
