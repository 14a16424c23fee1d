/** Every table that may be ours, partitions as part of theirs; which ones of `public` are is told by the caller ($1). */
export const findTables = `
  select n.nspname as schema, c.relname as name, c.relpersistence = 'p' as is_durable,
    (select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod)) order by a.attnum)
     from pg_attribute a
     where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns,
    (select pg_get_serial_sequence(format('%I.%I', n.nspname, c.relname), a.attname)
     from pg_attribute a where a.attrelid = c.oid and a.attidentity <> '' and not a.attisdropped) as sequence,
    array(select distinct format('%s.%s', fn.nspname, f.relname)
      from pg_constraint k join pg_class f on f.oid = k.confrelid join pg_namespace fn on fn.oid = f.relnamespace
      where k.conrelid = c.oid and k.contype = 'f' and k.confrelid <> k.conrelid) as needs
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and not c.relispartition
    and (n.nspname = 'catraca_archive'
      or (n.nspname = 'public' and c.relname = any ($1::text[]))
      or (n.nspname = 'vault' and c.relname = 'secrets' and to_regprocedure('vault.seal_secret()') is not null))
  order by n.nspname, c.relname`

export interface TableRow {
  schema: string
  name: string
  /** False for what a crash of the server may empty as well: caches and windows of limits. */
  is_durable: boolean
  /** Without those that are computed. */
  columns: { name: string; type: string }[]
  /** Of the identity column, quoted. */
  sequence: string | null
  /** `schema.name` of the tables that rows of this one point to. */
  needs: string[]
}
