import { isRecord } from '../../shared/is-record.ts'
import type { ParsedRequest, UpstreamEdit } from '../dialect.ts'
import { editMembers } from '../edit-members.ts'

/** https://platform.claude.com/docs/en/build-with-claude/extended-thinking: the smallest budget, and it must be below `max_tokens`. */
export const smallestThinkingBudget = 1024

/**
 * The body for an upstream of this dialect. When there is nothing to change the caller's own buffer goes; else only the members in
 * question are spliced. An `extra` field of undefined takes the caller's field of that name out.
 */
export function prepareBody(request: ParsedRequest, edit: UpstreamEdit): Buffer {
  const { body } = request
  const edits = new Map<string, unknown>()
  if (body.model !== edit.model) edits.set('model', edit.model)
  const limit = edit.maxOutputTokens
  if (limit !== undefined && body.max_tokens !== limit) {
    edits.set('max_tokens', limit)
    const thinking = thinkingWithin(body.thinking, limit)
    if (thinking !== undefined) edits.set('thinking', thinking)
  }
  for (const [field, value] of Object.entries(edit.extra ?? {})) {
    if (value !== undefined || Object.hasOwn(body, field)) edits.set(field, value)
  }
  return edits.size === 0 ? request.raw : editMembers(request.raw, edits)
}

/** Where the hold covers fewer tokens than were asked for, the thinking has to fit into them; undefined when it does. */
function thinkingWithin(thinking: unknown, limit: number): Record<string, unknown> | undefined {
  if (!isRecord(thinking) || typeof thinking.budget_tokens !== 'number' || thinking.budget_tokens < limit) return undefined
  return limit > smallestThinkingBudget ? { ...thinking, budget_tokens: limit - 1 } : { type: 'disabled' }
}
