/** What the triggers do on a vault of ours; Supabase's is not ours to put triggers on. */
export const noteChange = `
  with changed as (update public.catraca_changes set version = version + 1)
  select pg_notify('catraca_changed', 'vault')`
