import type { Queryable } from '../database/index.ts'
import type { Guardrails, PiiKind } from '../guardrails/index.ts'
import { getClient } from './client-admin.ts'
import { deleteGuardrailsRow } from './sql/delete-guardrails.ts'
import { setGuardrailsRow } from './sql/set-guardrails.ts'

/** Undefined leaves a rule as it is, null takes it away. */
export interface GuardrailsWish {
  maskPii: readonly PiiKind[] | null | undefined
  maxInputTokens: number | null | undefined
  allowedModels: readonly string[] | null | undefined
  blockedTerms: readonly string[] | null | undefined
  /** Identifier of a model for moderation. */
  moderationModel?: string | null | undefined
  moderationCategories?: readonly string[] | null | undefined
  /** Null is the default, `closed`. */
  moderationFails?: 'open' | 'closed' | null | undefined
}

/** Throws InvalidRequestError `not_found`. Every replica follows within a second. */
export async function setGuardrails(db: Queryable, idOrSlug: string, wish: GuardrailsWish): Promise<Guardrails | undefined> {
  const { id } = await getClient(db, idOrSlug)
  await setGuardrailsRow(db, id, {
    mask_pii: wish.maskPii && [...wish.maskPii],
    max_input_tokens: wish.maxInputTokens,
    allowed_models: wish.allowedModels && [...wish.allowedModels],
    blocked_terms: wish.blockedTerms && [...wish.blockedTerms],
    moderation_model: wish.moderationModel,
    moderation_categories: wish.moderationCategories && [...wish.moderationCategories],
    moderation_fails: wish.moderationFails,
  })
  return (await getClient(db, id)).guardrails
}

/** The client's calls are no longer looked at. */
export async function clearGuardrails(db: Queryable, idOrSlug: string): Promise<void> {
  const { id } = await getClient(db, idOrSlug)
  await deleteGuardrailsRow(db, id)
}
