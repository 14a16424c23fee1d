import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { giveBackTryOf } from '../../src/accounts/sql/give-back-try.ts'
import { takeTryOf } from '../../src/accounts/sql/take-try.ts'
import { clearCacheRows } from '../../src/cache/sql/clear-cache.ts'
import { deleteExpiredAnswers } from '../../src/cache/sql/delete-expired-answers.ts'
import { evictAnswers } from '../../src/cache/sql/evict-answers.ts'
import { storeCachedAnswers } from '../../src/cache/sql/store-cached-answers.ts'
import { createKey, createOwnKey } from '../../src/clients/index.ts'
import { setGuardrailsRow } from '../../src/clients/sql/set-guardrails.ts'
import { setSemanticCacheRow } from '../../src/clients/sql/set-semantic-cache.ts'
import { touchClientKeys } from '../../src/clients/sql/touch-client-keys.ts'
import { updateClient } from '../../src/clients/sql/update-client.ts'
import type { Queryable } from '../../src/database/index.ts'
import { forgetWindows } from '../../src/limits/sql/forget-windows.ts'
import { type CreditWish, takeCredits } from '../../src/limits/sql/take-credits.ts'
import { loadPriceSource, type RegistryEntry, syncRegistry } from '../../src/pricing/index.ts'
import { putModelRow } from '../../src/pricing/sql/put-model.ts'
import { setModelRouteRow } from '../../src/routing/sql/set-model-route.ts'
import { newId } from '../../src/shared/id.ts'
import { createTestDatabase, type TestDatabase } from '../_support/database.ts'
import { addClient, readDeadlocks } from '../_support/ledger.ts'
import { untilBlocked } from '../_support/until-blocked.ts'

let db: TestDatabase
const work: Promise<unknown>[] = []

beforeAll(async () => {
  db = await createTestDatabase()
})
afterEach(async () => {
  await Promise.all(work.splice(0))
  expect(await readDeadlocks(db.database)).toBe(0)
})
afterAll(() => db.drop())

/** Runs a statement until it waits for a lock, or is over. */
async function begin(run: Promise<unknown>, words: string, count = 1): Promise<void> {
  work.push(run)
  await untilBlocked(db.database, words, { work: run, count })
}

const holdChanges = (holder: Queryable) => holder.query('select 1 from catraca_changes for update')

describe('changes, which take turns', () => {
  test('a client that makes a key of its own while somebody changes the client', async () => {
    const client = await addClient(db.database)
    await db.database.transaction(async (holder) => {
      await holdChanges(holder)
      await begin(updateClient(db.database, client, { name: 'Another' }), 'update clients')
      await begin(createOwnKey(db.database, { clientId: client, name: 'mine' }), 'insert into client_api_keys')
    })
  })

  test.each<[string, (client: string) => Promise<unknown>]>([
    ['client_api_keys', (clientId) => createKey(db.database, { clientId, name: 'k' })],
    ['client_guardrails', (client) => setGuardrailsRow(db.database, client, { mask_pii: ['cpf'] } as never)],
    ['client_semantic_cache', (client) => setSemanticCacheRow(db.database, client, { model: 'a/b', similarity: 0.9 } as never)],
    ['model_routes', (client) => setModelRouteRow(db.database, client, 'fast', { targets: [{ model: 'a/b' }] } as never)],
    ['whatsapp_channels', (client) => addWhatsAppChannel(client)],
  ])('what a client is given in %s while its slug is changed', async (table, give) => {
    const client = await addClient(db.database)
    await db.database.transaction(async (holder) => {
      await holdChanges(holder)
      await begin(db.database.query('update clients set slug = $2 where id = $1', [client, `s-${newId()}`]), 'update clients')
      await begin(give(client), `insert into ${table}`)
    })
  })

  test('a synchronisation of prices while a person adds one of its models', async () => {
    const [changed, added] = (await loadPriceSource('2026-11-22')).slice(0, 2) as [RegistryEntry, RegistryEntry]
    await db.database.query('delete from ai_models_registry where gateway_identifier = $1', [added.gateway_identifier])
    await db.database.query('update ai_models_registry set price_source = $2, input_price_per_million = 77 where gateway_identifier = $1', [
      changed.gateway_identifier,
      'catalogue',
    ])
    await db.database.query(`update ai_models_registry set price_source = 'catalogue'`)
    await db.database.transaction(async (holder) => {
      await holdChanges(holder)
      await begin(syncRegistry(db.database, [changed, added]), 'update ai_models_registry')
      await begin(db.database.query(putModelRow, [JSON.stringify(added)]), 'insert into ai_models_registry')
    })
  })
})

test('keys that two replicas note as used', async () => {
  const client = await addClient(db.database)
  const [first, second] = [
    await createKey(db.database, { clientId: client, name: '1' }),
    await createKey(db.database, { clientId: client, name: '2' }),
  ]
  const lockKey = 'select 1 from client_api_keys where id = $1 for no key update'
  await db.database.transaction(async (other) => {
    await other.query(lockKey, [second.id])
    await begin(touchClientKeys(db.database, [first.id, second.id]), 'set last_used_at')
    await other.query(lockKey, [first.id])
  })
})

describe('answers that are kept for other replicas', () => {
  const keep = (clientId: string, keys: readonly number[]) =>
    storeCachedAnswers(
      db.database,
      keys.map((key) => ({ clientId, keyHash: Buffer.alloc(32, key), sealed: Buffer.from('sealed'), meaning: undefined })),
    )

  test.each<[string, (client: string) => Promise<unknown>]>([
    ['a client’s are cleared', (client) => clearCacheRows(db.database, client)],
    ['old ones are deleted', () => deleteExpiredAnswers(db.database)],
    ['there are too many', () => evictAnswers(db.database, { clientBytes: 0, totalBytes: 0 })],
  ])('while %s', async (_, remove) => {
    const client = await addClient(db.database)
    for (const key of [3, 1, 2]) await keep(client, [key])
    await db.database.query(`update response_cache set created_at = now() - interval '10 years' + seq * interval '1 s'
      from (select key_hash as k, row_number() over (order by get_byte(key_hash, 0) <> 3, key_hash) as seq from response_cache) s where key_hash = k`)
    await db.database.transaction(async (holder) => {
      await holder.query(`select 1 from response_cache where client_id = $1 and get_byte(key_hash, 0) = 2 for update`, [client])
      await begin(keep(client, [1, 2, 3]), 'insert into response_cache')
      await begin(remove(client), 'delete from response_cache')
    })
  })
})

test('limits that are taken from while windows that nobody used are forgotten', async () => {
  const wish = (id: string): CreditWish => ({ scope: 'client', id, unit: 'requests', limit: 10, want: 1, least: 1, debt: 0, returned: [] })
  const [a, b, c] = [newId(), newId(), newId()].sort() as [string, string, string]
  for (const id of [c, a, b]) await takeCredits(db.database, [wish(id)])
  await db.database.query('update rate_windows set at_second = at_second - 1000')
  await db.database.transaction(async (holder) => {
    await holder.query('select 1 from rate_windows where id = $1 for update', [b])
    await begin(takeCredits(db.database, [a, b, c].map(wish)), 'select rate_take')
    await begin(forgetWindows(db.database), 'select rate_forget')
  })
})

describe('tries to log in', () => {
  const window = 900
  const take = (...keys: string[]) => takeTryOf(db.database, keys, 10, window)

  test('of two accounts that each have old tries', async () => {
    await take('account:x')
    await take('account:y')
    await db.database.query(`update auth_rate_limits set last_try_at = now() - interval '1 day'`)
    await db.database.transaction(async (holder) => {
      await holder.query(`insert into auth_rate_limits (key, tries, last_try_at) values ('account:a', '{}', now())`)
      await begin(take('account:a', 'account:y'), 'auth_take_try')
      await begin(take('account:x'), 'auth_take_try', 2)
    })
  })

  test('of one account from one address, of which one was none', async () => {
    for (const key of ['address:1', 'account:1', 'account:2']) await take(key)
    await db.database.transaction(async (holder) => {
      await holder.query(`select 1 from auth_rate_limits where key = 'account:2' for update`)
      await begin(take('account:1', 'account:2', 'address:1'), 'auth_take_try')
      await begin(giveBackTryOf(db.database, ['address:1', 'account:1']), 'update auth_rate_limits')
    })
  })
})

async function addWhatsAppChannel(client: string, settings: { admin_phones?: string[] } = {}): Promise<string> {
  const rows = await db.database.query<{ id: string }>(
    'insert into whatsapp_channels (client_id, phone_number_id, admin_phones) values ($1, $2, $3) returning id',
    [client, newId(), settings.admin_phones ?? []],
  )
  return rows[0]?.id ?? ''
}
