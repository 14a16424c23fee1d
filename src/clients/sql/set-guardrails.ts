import type { Queryable } from '../../database/index.ts'
import type { GuardrailsRow } from '../client.ts'

/** Undefined leaves a column as it is, null takes it back to "not looked at". */
export type GuardrailsChange = { [Column in keyof GuardrailsRow]: GuardrailsRow[Column] | null | undefined }

export async function setGuardrailsRow(db: Queryable, clientId: string, change: GuardrailsChange): Promise<void> {
  const said = JSON.stringify(change)
  await db.query(
    `insert into client_guardrails as g (client_id, mask_pii, max_input_tokens, allowed_models, blocked_terms)
     select $1, coalesce(c.mask_pii, '{}'), c.max_input_tokens, c.allowed_models, coalesce(c.blocked_terms, '{}')
     from jsonb_to_record($2::jsonb) as c(mask_pii text[], max_input_tokens integer, allowed_models text[], blocked_terms text[])
     on conflict (client_id) do update set
       mask_pii = case when $2::jsonb ? 'mask_pii' then excluded.mask_pii else g.mask_pii end,
       max_input_tokens = case when $2::jsonb ? 'max_input_tokens' then excluded.max_input_tokens else g.max_input_tokens end,
       allowed_models = case when $2::jsonb ? 'allowed_models' then excluded.allowed_models else g.allowed_models end,
       blocked_terms = case when $2::jsonb ? 'blocked_terms' then excluded.blocked_terms else g.blocked_terms end`,
    [clientId, said],
  )
}
