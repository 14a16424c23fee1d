export const listSealed = `
  select id, name, description, created_at, updated_at, substring(secret from '^catraca-(envelope|pgp)-1:') as form
  from vault.secrets
  order by name nulls last, id`

export interface SecretSummaryRow {
  id: string
  name: string | null
  description: string
  created_at: Date
  updated_at: Date
  form: 'envelope' | 'pgp' | null
}
