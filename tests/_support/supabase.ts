import { readdir, readFile } from 'node:fs/promises'
import { type Database, openDatabase } from '../../src/database/index.ts'
import { startPostgres15 } from './postgres15.ts'
import { supabaseVault } from './supabase-vault.ts'

const folder = new URL('../../supabase/migrations/', import.meta.url)

/** The roles, schemas and default privileges that a project of Supabase has before anybody's first migration. */
const project = `
  create role supabase_admin login superuser createdb createrole replication bypassrls;
  create role postgres login nosuperuser createdb createrole replication bypassrls;
  create role anon nologin noinherit;
  create role authenticated nologin noinherit;
  create role service_role nologin noinherit bypassrls;
  create role authenticator login noinherit;
  grant anon, authenticated, service_role to authenticator;
  grant anon, authenticated, service_role to postgres with admin option;
  alter database postgres owner to postgres;
  alter schema public owner to postgres;
  grant usage on schema public to postgres, anon, authenticated, service_role;
  create schema extensions authorization postgres;
  grant usage on schema extensions to anon, authenticated, service_role;
  create extension pgcrypto schema extensions;
  create schema auth authorization supabase_admin;
  create function auth.uid() returns uuid language sql stable
    as $$ select nullif(current_setting('request.jwt.claims', true)::jsonb ->> 'sub', '')::uuid $$;
  grant usage on schema auth to postgres, anon, authenticated, service_role;
  alter default privileges for role postgres in schema public grant all on tables to postgres, anon, authenticated, service_role;
  alter default privileges for role postgres in schema public grant all on functions to postgres, anon, authenticated, service_role;
  alter default privileges for role postgres in schema public grant all on sequences to postgres, anon, authenticated, service_role;
  set role supabase_admin;
  ${supabaseVault}
  grant usage on schema vault to postgres, service_role;
  grant select, delete on vault.secrets, vault.decrypted_secrets to postgres, service_role;
  grant execute on function vault.create_secret, vault.update_secret, vault.test_decrypt to postgres, service_role;
  reset role;
  create schema supabase_migrations authorization postgres;
  create table supabase_migrations.schema_migrations (version text primary key, statements text[], name text);
  alter table supabase_migrations.schema_migrations owner to postgres;
  alter role anon set statement_timeout = '3s';
  alter role authenticated set statement_timeout = '8s'`

export interface SupabaseProject {
  /** As `postgres`, which is what Supabase hands out: no superuser. */
  url: string
  postgres: Database
  /** As Supabase itself. */
  admin: Database
  stop(): Promise<void>
}

/** A PostgreSQL 15 as Supabase sets one up, with nothing in it yet. For `test.skipIf(!hasPostgres15)`. */
export async function startSupabase(): Promise<SupabaseProject> {
  const server = await startPostgres15()
  const admin = openDatabase({ url: server.url, maxConnections: 2 })
  await admin.query(project)
  const url = new URL(server.url)
  url.username = 'postgres'
  const postgres = openDatabase({ url: url.href, maxConnections: 2 })
  return {
    url: url.href,
    postgres,
    admin,
    async stop() {
      await Promise.all([postgres.close(), admin.close()])
      await server.stop()
    },
  }
}

/** As `supabase db push` does: each file once, by version, as `postgres`, written down in its own table. Answers the versions. */
export async function pushMigrations({ postgres }: Pick<SupabaseProject, 'postgres'>): Promise<string[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  for (const file of files) {
    const sql = await readFile(new URL(file, folder), 'utf8')
    await postgres.transaction(async (tx) => {
      await tx.query(sql)
      await tx.query('insert into supabase_migrations.schema_migrations (version, name, statements) values ($1, $2, $3)', [
        file.slice(0, 14),
        file.slice(15, -4),
        [sql],
      ])
    })
  }
  return files.map((file) => file.slice(0, 14))
}
