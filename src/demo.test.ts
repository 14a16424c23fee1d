import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createTestDatabase } from '../tests/_support/database.ts'
import { startDemo } from './demo.ts'
import type { Store } from './gateway/index.ts'

it('says that an emulator answers only where calls really go to it: not beside a provider of the operator, even one without a key', async () => {
  const database = await createTestDatabase()
  const dir = await mkdtemp(join(tmpdir(), 'catraca-demo-'))
  const owner = database.database
  const store = { owner } as unknown as Store
  try {
    await owner.query(
      "insert into providers (name, display_name, base_url, allow_http) values ('ollama', 'Ollama', 'http://127.0.0.1:11434/v1', true)",
    )
    expect(await startDemo(store, dir, true)).toBeUndefined()
    await owner.query('delete from providers')
    const demo = await startDemo(store, dir, true)
    expect(demo?.client.slug).toBe('demo')
    await demo?.stop()
  } finally {
    await database.drop()
    await rm(dir, { recursive: true, force: true })
  }
})
