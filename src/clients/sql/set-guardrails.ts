import type { Queryable } from '../../database/index.ts'
import type { GuardrailsRow } from '../client.ts'

/** Undefined leaves a column as it is, null takes it back to "not looked at". */
export type GuardrailsChange = { [Column in keyof GuardrailsRow]: GuardrailsRow[Column] | null | undefined }

export async function setGuardrailsRow(db: Queryable, clientId: string, change: GuardrailsChange): Promise<void> {
  const said = JSON.stringify(change)
  await db.query(
    `insert into client_guardrails as g
       (client_id, mask_pii, max_input_tokens, allowed_models, blocked_terms, moderation_model, moderation_categories, moderation_fails)
     select $1, coalesce(c.mask_pii, '{}'), c.max_input_tokens, c.allowed_models, coalesce(c.blocked_terms, '{}'),
       c.moderation_model, c.moderation_categories, coalesce(c.moderation_fails, 'closed')
     from jsonb_to_record($2::jsonb) as c(mask_pii text[], max_input_tokens integer, allowed_models text[], blocked_terms text[],
       moderation_model text, moderation_categories text[], moderation_fails text)
     on conflict (client_id) do update set
       mask_pii = case when $2::jsonb ? 'mask_pii' then excluded.mask_pii else g.mask_pii end,
       max_input_tokens = case when $2::jsonb ? 'max_input_tokens' then excluded.max_input_tokens else g.max_input_tokens end,
       allowed_models = case when $2::jsonb ? 'allowed_models' then excluded.allowed_models else g.allowed_models end,
       blocked_terms = case when $2::jsonb ? 'blocked_terms' then excluded.blocked_terms else g.blocked_terms end,
       moderation_model = case when $2::jsonb ? 'moderation_model' then excluded.moderation_model else g.moderation_model end,
       moderation_categories =
         case when $2::jsonb ? 'moderation_categories' then excluded.moderation_categories else g.moderation_categories end,
       moderation_fails = case when $2::jsonb ? 'moderation_fails' then excluded.moderation_fails else g.moderation_fails end`,
    [clientId, said],
  )
}
