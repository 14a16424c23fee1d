import type { Queryable } from '../../database/index.ts'

/** Where Supabase has its extensions, else in the first schema of the search path. The gateway's role gets what it needs to call it. */
export async function installPgvector(db: Queryable): Promise<void> {
  await db.query(
    `do $$
    declare
      v_schema text;
    begin
      if not exists (select from pg_extension where extname = 'vector') then
        if to_regnamespace('extensions') is null then
          create extension vector;
        else
          create extension vector schema extensions;
        end if;
      end if;
      select n.nspname into v_schema from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'vector';
      if not has_schema_privilege('catraca_gateway', v_schema, 'usage') then
        execute format('grant usage on schema %I to catraca_gateway', v_schema);
      end if;
    end
    $$`,
  )
}
