import type { ParsedRequest, UpstreamEdit } from '../dialect.ts'
import { editMembers } from '../edit-members.ts'

/**
 * The body for an upstream of this dialect: the caller's bytes, with nothing changed but the model's name, the output limit, `store` and
 * `extra`. Where there is nothing to change the caller's own buffer goes. Usage need not be asked for.
 */
export function prepareBody({ body, raw }: ParsedRequest, edit: UpstreamEdit): Buffer {
  const edits = new Map<string, unknown>()
  if (body.model !== edit.model) edits.set('model', edit.model)
  if (edit.maxOutputTokens !== undefined && body.max_output_tokens !== edit.maxOutputTokens) {
    edits.set('max_output_tokens', edit.maxOutputTokens)
  }
  // The provider keeps answers unless it is told not to, in an account that all clients share.
  if (body.store !== false) edits.set('store', false)
  for (const [field, value] of Object.entries(edit.extra ?? {})) {
    if (value !== undefined || Object.hasOwn(body, field)) edits.set(field, value)
  }
  return edits.size === 0 ? raw : editMembers(raw, edits)
}
