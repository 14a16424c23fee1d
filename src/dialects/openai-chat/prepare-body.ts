import { isRecord } from '../../shared/is-record.ts'
import type { ParsedRequest, UpstreamEdit } from '../dialect.ts'
import { editMembers } from '../edit-members.ts'

/**
 * The body for an upstream of this dialect. When there is nothing to change the caller's own buffer goes; else only the members in
 * question are spliced. An `extra` field of undefined takes the caller's field of that name out.
 */
export function prepareBody(request: ParsedRequest, edit: UpstreamEdit): Buffer {
  const { body } = request
  const edits = new Map<string, unknown>()
  if (body.model !== edit.model) edits.set('model', edit.model)
  editLimit(request, edit, edits)
  if (request.stream && edit.asksStreamUsage && !request.wantsStreamUsage) {
    const own = isRecord(body.stream_options) ? body.stream_options : {}
    edits.set('stream_options', { ...own, include_usage: true })
  }
  for (const [field, value] of Object.entries(edit.extra ?? {})) {
    if (value !== undefined || Object.hasOwn(body, field)) edits.set(field, value)
  }
  return edits.size === 0 ? request.raw : editMembers(request.raw, edits)
}

// Exactly one of the two fields reaches the upstream: which of two a provider obeys is not ours to guess, and newer models refuse
// the older one.
function editLimit(request: ParsedRequest, edit: UpstreamEdit, edits: Map<string, unknown>): void {
  const { body } = request
  const other = edit.limitField === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens'
  const hasBoth = typeof body.max_tokens === 'number' && typeof body.max_completion_tokens === 'number'
  const isRefused = edit.refusesOtherLimitField === true && Object.hasOwn(body, other)
  if (edit.maxOutputTokens === undefined && !hasBoth && !isRefused) return
  const limit = edit.maxOutputTokens ?? request.maxOutputTokens
  if (body[edit.limitField] !== limit) edits.set(edit.limitField, limit)
  if (Object.hasOwn(body, other)) edits.set(other, undefined)
}
