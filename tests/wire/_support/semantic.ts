import { expect } from 'vitest'
import { prepareSemanticCache } from '../../../src/cache/index.ts'
import { setSemanticCache } from '../../../src/clients/index.ts'
import type { TestClient, TestGateway } from '../../_support/gateway.ts'
import { createVectorDatabase, type VectorDatabase } from '../../_support/vector-database.ts'
import { expectBooksClosed, type UsageRow } from './settled.ts'

export async function databaseWithSemanticCache(): Promise<VectorDatabase> {
  const db = await createVectorDatabase()
  try {
    await prepare(db)
  } catch (error) {
    await db.drop()
    throw error
  }
  return db
}

async function prepare(db: VectorDatabase): Promise<void> {
  // As at Supabase, where the gateway's role has nothing in it by itself.
  await db.database.query('create schema extensions')
  const asGateway = db.database.transaction(async (tx) => {
    await tx.query('set local role catraca_gateway')
    await prepareSemanticCache(tx)
  })
  // Who may not create extensions is told so in words.
  await expect(asGateway).rejects.toThrow(/pgvector, which could not be made ready.*permission denied.*"create extension vector"/s)
  await prepareSemanticCache(db.database)
  // Twice does no harm.
  await prepareSemanticCache(db.database)
}

export async function optIn(gateway: TestGateway, client: TestClient, similarity: number): Promise<void> {
  await setSemanticCache(gateway.database, client.id, { model: 'openai/text-embedding-3-small', similarity })
  await expect
    .poll(() => gateway.server.context.clients.find(client.id), { timeout: 10_000, interval: 5 })
    .toMatchObject({ semanticCache: { similarity } })
}

export type Embedding = UsageRow

/** The rows of the calls that the cache made for a client, oldest first. */
export async function embedded(gateway: TestGateway, { id }: TestClient): Promise<Embedding[]> {
  await expectBooksClosed(gateway)
  return await gateway.database.query<UsageRow>(
    "select * from gateway_usage_logs where client_id = $1 and source = 'cache' order by created_at",
    [id],
  )
}
