import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrate } from '../../src/database/index.ts'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { hasPostgres15 } from '../_support/postgres15.ts'
import { reportFigure } from '../_support/report-figure.ts'
import { pushMigrations, type SupabaseProject, startSupabase } from '../_support/supabase.ts'

// S5: a project of Supabase, with its roles and the privileges that it gives them by default on everything new.

/** All that the API's roles may do, besides Supabase's own. */
const granted = ['authenticated public.ai_models_registry select']

const schemas = ['public', 'vault', 'catraca_archive', 'graphile_worker']

/**
 * Tries each statement as the role, with the claims of a log-in as PostgREST passes them, and undoes it; answers those that the role's
 * privileges did not refuse. What fails for another reason got past them.
 */
const tryAll = `
create function pg_temp.try_all(roles text[], schemas text[]) returns setof text language plpgsql as $$
declare
  v_role text;
  v_try record;
begin
  foreach v_role in array roles loop
    for v_try in
      select format('%s %s', c.oid::regclass, t.verb) as what, n.nspname, c.relname, t.verb, format(t.statement, c.oid::regclass, a.attname) as statement
      from pg_class c
      join pg_namespace n on n.oid = c.relnamespace and n.nspname = any (schemas)
      join pg_attribute a on a.attrelid = c.oid and a.attnum = (
        select min(one.attnum) from pg_attribute one where one.attrelid = c.oid and one.attnum > 0 and one.attidentity = '' and one.attgenerated = '')
      cross join (values
        ('select', 'select 1 from %1$s limit 1'), ('insert', 'insert into %1$s default values'),
        ('update', 'update %1$s set %2$I = %2$I'), ('delete', 'delete from %1$s'), ('truncate', 'truncate %1$s cascade')
      ) as t (verb, statement)
      where c.relkind in ('r', 'p', 'm') or (c.relkind = 'v' and t.verb = 'select')
      union all
      select null, n.nspname, c.relname, 'nextval', format('select nextval(%L)', c.oid::regclass)
      from pg_class c join pg_namespace n on n.oid = c.relnamespace and n.nspname = any (schemas) where c.relkind = 'S'
      union all
      select null, n.nspname, p.oid::regprocedure::text, 'call', format('select %s(%s)', p.oid::regproc, (
        select string_agg(format('null::%s', format_type(u.arg, null)), ', ' order by u.place)
        from unnest(p.proargtypes) with ordinality as u (arg, place)))
      from pg_proc p join pg_namespace n on n.oid = p.pronamespace and n.nspname = any (schemas)
      where p.prokind = 'f' and p.prorettype <> 'trigger'::regtype
        and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
    loop
      begin
        perform set_config('request.jwt.claims', '{"sub":"00000000-0000-4000-8000-000000000001","role":"authenticated"}', true);
        execute format('set local role %I', v_role);
        execute v_try.statement;
        raise exception using errcode = 'ZZ001';
      exception
        when insufficient_privilege then null;
        when others then return next format('%s %s.%s %s', v_role, v_try.nspname, v_try.relname, v_try.verb);
      end;
    end loop;
  end loop;
end $$`

/** What the catalogue says, where a statement would fail for everybody: views that nobody can write, sequences. */
const listed = `
  select r.role || ' ' || n.nspname || '.' || c.relname || ' ' || lower(p.privilege) as found
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace and n.nspname = any ($1)
  cross join (values ('anon'), ('authenticated')) as r (role)
  cross join (values ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE'), ('REFERENCES'), ('TRIGGER'), ('USAGE')) as p (privilege)
  where case
    when c.relkind = 'S' then p.privilege in ('SELECT', 'UPDATE', 'USAGE') and has_sequence_privilege(r.role, c.oid, p.privilege)
    when c.relkind in ('r', 'p', 'v', 'm') and p.privilege <> 'USAGE' then has_table_privilege(r.role, c.oid, p.privilege)
      or (p.privilege in ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES') and has_any_column_privilege(r.role, c.oid, p.privilege))
    else false
  end
  order by 1`

const countTries = `
  select (count(*) filter (where kind = 'table')) as tables, (count(*) filter (where kind = 'function')) as functions from (
    select 'table' as kind from pg_class c join pg_namespace n on n.oid = c.relnamespace and n.nspname = any ($1) where c.relkind in ('r', 'p', 'v', 'm')
    union all
    select 'function' from pg_proc p join pg_namespace n on n.oid = p.pronamespace and n.nspname = any ($1) where p.prokind = 'f'
  ) as objects`

describe.skipIf(!hasPostgres15)('on Supabase', () => {
  let supabase: SupabaseProject
  let gateway: TestGateway
  let versions: string[]
  let vaultBefore: unknown
  const vaultNow = () =>
    supabase.admin.query(
      `select c.oid::regclass::text as name, c.relacl::text as acl from pg_class c where relnamespace = 'vault'::regnamespace
       union all select p.oid::regprocedure::text, p.proacl::text from pg_proc p where pronamespace = 'vault'::regnamespace order by 1`,
    )
  beforeAll(async () => {
    supabase = await startSupabase()
    vaultBefore = await vaultNow()
    versions = await pushMigrations(supabase)
    gateway = await startTestGateway({ database: { url: supabase.url, database: supabase.postgres, drop: async () => {} } })
  })
  afterAll(async () => {
    await gateway?.close()
    await supabase?.stop()
  })

  it('everything applies as a role that is no superuser, once, and leaves Supabase’s vault alone', async () => {
    expect(versions.length).toBeGreaterThan(20)
    expect(await migrate(supabase.postgres)).toEqual([])
    expect(gateway.server.context.store.vault.kind).toBe('supabase')
    expect(await vaultNow()).toEqual(vaultBefore)
  })

  it('a call is answered and booked', async () => {
    const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.client.key}` },
      body: JSON.stringify({ model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: 'Oi' }] }),
    })
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('"usage"')])
    await expect
      .poll(
        () => supabase.postgres.query('select status from gateway_usage_logs where call_id = $1', [answer.headers.get('x-request-id')]),
        {
          timeout: 10_000,
        },
      )
      .toEqual([{ status: 'ok' }])
  })

  it('the API’s roles may do what is granted, and nothing else, with every table, view, sequence and function', async () => {
    // The queue's own schema is there, and whole, once the gateway may use it.
    const queue =
      "select has_schema_privilege('catraca_gateway', oid, 'usage') as granted from pg_namespace where nspname = 'graphile_worker'"
    await expect.poll(() => supabase.admin.query(queue), { timeout: 20_000 }).toEqual([{ granted: true }])
    const privileges = await supabase.admin.query<{ found: string }>(listed, [schemas])
    expect(privileges.map(({ found }) => found)).toEqual(granted)
    const open = await supabase.admin.transaction(async (tx) => {
      await tx.query(tryAll)
      return await tx.query<{ found: string }>('select pg_temp.try_all($1, $2) as found', [['anon', 'authenticated'], schemas])
    })
    const [counts] = await supabase.admin.query<{ tables: bigint; functions: bigint }>(countTries, [schemas])
    expect(open.map(({ found }) => found)).toEqual(granted)
    reportFigure(
      'S5',
      undefined,
      `2 roles of Supabase's API, ${counts?.tables} tables and views, ${counts?.functions} functions: ${open.length} grant`,
    )
  })

  it('whoever is logged in reads the models that can be called, whatever the claims say, and nobody’s rows', async () => {
    const read = (role: string, claims: object, statement: string) =>
      supabase.admin.transaction(async (tx) => {
        await tx.query("select set_config('request.jwt.claims', $1, true)", [JSON.stringify(claims)])
        await tx.query(`set local role ${role}`)
        return await tx.query<{ is_active: boolean }>(statement)
      })
    await supabase.postgres.query("update ai_models_registry set is_active = false where gateway_identifier = 'openai/gpt-4.1-mini'")
    const models = 'select is_active from ai_models_registry'
    expect((await read('authenticated', { sub: gateway.client.id }, models)).filter(({ is_active }) => !is_active)).toEqual([])
    for (const claims of [{ sub: gateway.client.id }, { role: 'service_role' }, { client_id: gateway.client.id, role: 'admin' }, {}]) {
      for (const role of ['anon', 'authenticated']) {
        for (const table of [
          'clients',
          'client_api_keys',
          'gateway_usage_logs',
          'client_budgets',
          'auth_sessions',
          'vault.decrypted_secrets',
        ]) {
          await expect(read(role, claims, `select * from ${table}`), `${role} ${table}`).rejects.toThrow('permission denied')
        }
      }
      await expect(read('anon', claims, models)).rejects.toThrow('permission denied')
    }
  })

  it('the gateway’s own role serves calls, and sees neither accounts nor secrets nor the migrations', async () => {
    const closed = await supabase.admin.query<{ name: string }>(
      `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname in ('public', 'vault', 'catraca_archive') and c.relkind in ('r', 'p', 'v', 'm')
         and not has_table_privilege('catraca_gateway', c.oid, 'SELECT') order by 1`,
    )
    expect(closed.map(({ name }) => name).filter((name) => !/^catraca_archive/.test(name))).toMatchInlineSnapshot(`
      [
        "auth_accounts",
        "auth_invitations",
        "auth_rate_limits",
        "auth_sessions",
        "auth_two_factors",
        "auth_users",
        "auth_verifications",
        "catraca_migrations",
        "vault.decrypted_secrets",
        "vault.secrets",
      ]
    `)
  })
})
