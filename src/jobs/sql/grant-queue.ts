/**
 * Lets the gateway's own role work the queue: graphile-worker closes its tables by row level security to all but their owner. Run by the
 * owner after graphile-worker's migrations; changes nothing where all is granted. The lock is any number that every Catraca takes, because
 * two that grant at once would fail.
 */
export async function grantQueue(owner: { query(sql: string): Promise<unknown> }): Promise<void> {
  await owner.query(`do $$
    declare
      target regclass;
    begin
      perform pg_advisory_xact_lock(7202611220003);
      if not has_schema_privilege('catraca_gateway', 'graphile_worker', 'usage') then
        grant usage on schema graphile_worker to catraca_gateway;
      end if;
      for target in
        select c.oid from pg_class c
        where c.relnamespace = 'graphile_worker'::regnamespace and c.relkind in ('r', 'v')
          and not has_table_privilege('catraca_gateway', c.oid, 'select')
      loop
        execute format('grant select on table %s to catraca_gateway', target);
      end loop;
      for target in
        select c.oid from pg_class c
        where c.relnamespace = 'graphile_worker'::regnamespace and c.relkind = 'r' and c.relname like '\\_private\\_%'
          and not has_table_privilege('catraca_gateway', c.oid, 'delete')
      loop
        execute format('grant insert, update, delete on table %s to catraca_gateway', target);
      end loop;
      for target in
        select c.oid from pg_class c
        where c.relnamespace = 'graphile_worker'::regnamespace
          -- The planner may ask for the privilege first, which fails for what is no sequence.
          and case when c.relkind = 'S' then not has_sequence_privilege('catraca_gateway', c.oid, 'usage') end
      loop
        execute format('grant usage, select on sequence %s to catraca_gateway', target);
      end loop;
      for target in
        select c.oid from pg_class c
        where c.relnamespace = 'graphile_worker'::regnamespace and c.relkind = 'r' and c.relrowsecurity
          and not exists (select 1 from pg_policy p where p.polrelid = c.oid and p.polname = 'catraca_gateway_all')
      loop
        execute format('create policy catraca_gateway_all on %s to catraca_gateway using (true) with check (true)', target);
      end loop;
    end
  $$`)
}
