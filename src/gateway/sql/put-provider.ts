import type { Queryable } from '../../database/index.ts'

/** $1: a row of `providers` as JSON. A known name gets all of it anew; is a provider of that name new? */
const statement = `
  insert into providers (
    name, display_name, kind, base_url, allow_http, api_key_secret_id, auth, query, headers, limit_field, supports_stream_usage, probe_path,
    package, export_name, options, kinds
  )
  select name, display_name, kind, base_url, allow_http, api_key_secret_id, auth, query, headers, limit_field, supports_stream_usage,
    probe_path, package, export_name, options, kinds
  from jsonb_populate_record(null::providers, $1::jsonb)
  on conflict (name) do update set
    display_name = excluded.display_name, kind = excluded.kind, base_url = excluded.base_url, allow_http = excluded.allow_http,
    api_key_secret_id = excluded.api_key_secret_id, auth = excluded.auth, query = excluded.query, headers = excluded.headers,
    limit_field = excluded.limit_field, supports_stream_usage = excluded.supports_stream_usage, probe_path = excluded.probe_path,
    package = excluded.package, export_name = excluded.export_name, options = excluded.options, kinds = excluded.kinds, is_active = true
  returning created_at = now() as is_new
`

export async function putProviderRow(db: Queryable, row: object): Promise<boolean> {
  const [stored] = await db.query<{ is_new: boolean }>(statement, [JSON.stringify(row)])
  return stored?.is_new ?? false
}
