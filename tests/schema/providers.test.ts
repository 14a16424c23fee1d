import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../_support/database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await createTestDatabase()
})
afterAll(() => db.drop())

function insert(values: Record<string, unknown>): Promise<void> {
  const row = { name: 'mine', display_name: 'Mine', base_url: 'https://models.example.com/v1', ...values }
  const names = Object.keys(row).join(', ')
  return db.database.transaction(async (tx) => {
    await tx.query(`insert into providers (${names}) select ${names} from jsonb_populate_record(null::providers, $1::jsonb)`, [
      JSON.stringify(row),
    ])
    await tx.query('delete from providers')
  })
}

test.each([
  {},
  { base_url: 'http://127.0.0.1:11434/v1', allow_http: true },
  { query: { 'api-version': '2024-10-21' }, headers: { 'http-referer': 'https://example.com', 'x-title': 'Catraca' } },
  { kind: 'ai-sdk', package: '@ai-sdk/amazon-bedrock', export_name: 'createAmazonBedrock', options: { region: 'us-east-1' } },
])('the table takes %j', (values) => insert(values))

test.each([
  ['providers_name', { name: 'Mine' }],
  ['providers_name', { name: 'a/b' }],
  ['providers_name_is_free', { name: 'openai' }],
  ['providers_name_is_free', { name: 'gateway' }],
  ['providers_https', { base_url: 'http://127.0.0.1/v1' }],
  ['providers_base_url', { base_url: 'https://user:word@h.example/v1' }],
  ['providers_base_url', { base_url: 'https://h.example/v1?key=x' }],
  ['providers_base_url', { base_url: 'https://h.example\\@evil.example/v1' }],
  ['providers_base_url', { base_url: 'https://h.example/v1\n' }],
  ['providers_kinds', { kinds: ['chat'] }],
  ['providers_headers', { headers: { authorization: 'Bearer x' } }],
  ['providers_headers', { headers: { 'x-title': 'a\r\nauthorization: x' } }],
  ['providers_headers', { headers: ['x-title'] }],
  ['providers_query', { query: { key: 'x' } }],
  ['providers_query', { query: { 'api-version': 1 } }],
  ['providers_options', { options: { apiKey: 'x' } }],
  ['providers_options', { options: { baseURL: 'https://evil.example' } }],
  ['providers_options', { options: { fetch: 'x' } }],
  ['providers_package_of_kind', { kind: 'ai-sdk' }],
  ['providers_package_of_kind', { package: '@ai-sdk/cohere', export_name: 'createCohere' }],
  ['providers_package', { kind: 'ai-sdk', package: '../evil.js', export_name: 'createX' }],
  ['providers_export_name', { kind: 'ai-sdk', package: '@ai-sdk/cohere', export_name: 'constructor' }],
])('%s refuses %j', async (constraint, values) => {
  await expect(insert(values)).rejects.toMatchObject({ constraint })
})

test('only the owner says where keys go: the gateway’s own role reads, and nobody else sees', async () => {
  const allowed = await db.database.query<{ found: string }>(
    `select role || ' ' || privilege as found
     from unnest(array['anon', 'authenticated', 'catraca_gateway']) role, unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE']) privilege
     where has_table_privilege(role, 'providers', privilege)`,
  )
  expect(allowed.map(({ found }) => found)).toEqual(['catraca_gateway SELECT'])
})
