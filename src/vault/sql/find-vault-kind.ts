/** Told apart by what is there, not by what a migration once did: a dump of one kind may have been restored onto the other. */
export const findVaultKind = `
  select case
    when to_regprocedure('vault.seal_secret()') is not null then 'own'
    when to_regclass('vault.decrypted_secrets') is not null
      and to_regprocedure('vault.create_secret(text, text, text, uuid)') is not null then 'supabase'
    else 'none'
  end as kind`

export interface VaultKindRow {
  kind: 'own' | 'supabase' | 'none'
}
