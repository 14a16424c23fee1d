import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { createTestDatabase } from '../tests/_support/database.ts'
import { startProgram } from '../tests/_support/start-program.ts'
import { startDemo } from './demo.ts'
import type { Store } from './gateway/index.ts'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))

it('says that an emulator answers only where calls really go to it: not beside a provider of the operator, even one without a key', async () => {
  const database = await createTestDatabase()
  const dir = await mkdtemp(join(tmpdir(), 'catraca-demo-'))
  const owner = database.database
  const store = { owner } as unknown as Store
  try {
    await owner.query(
      "insert into providers (name, display_name, base_url, allow_http) values ('ollama', 'Ollama', 'http://127.0.0.1:11434/v1', true)",
    )
    expect(await startDemo(store, dir)).toBeUndefined()
    await owner.query('delete from providers')
    const demo = await startDemo(store, dir)
    expect(demo?.client.slug).toBe('demo')
    await demo?.stop()
  } finally {
    await database.drop()
    await rm(dir, { recursive: true, force: true })
  }
})

it('leaves another demo findable on the same data directory when this gateway cannot listen', async () => {
  const database = await createTestDatabase()
  const dir = await mkdtemp(join(tmpdir(), 'catraca-demo-'))
  const file = join(dir, 'demo-emulator.json')
  await writeFile(file, 'of the first')
  try {
    // An address for examples in documents, which no machine has.
    const second = startProgram(
      dir,
      { DATABASE_URL: database.url, CATRACA_DATA_DIR: dir },
      process.execPath,
      main,
      'up',
      '--host',
      '192.0.2.1',
    )
    expect(await second.ends(), second.said()).toBe(1)
    expect(second.said()).toContain('192.0.2.1')
    expect(existsSync(join(dir, 'demo-key')), second.said()).toBe(true)
    expect(await readFile(file, 'utf8')).toBe('of the first')
  } finally {
    await database.drop()
    await rm(dir, { recursive: true, force: true })
  }
})
