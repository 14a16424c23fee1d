import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../../src/config/index.ts'
import type { Check } from '../../src/gateway/doctor/check.ts'
import type { DoctorPlace, OwnCheck } from '../../src/gateway/doctor/own-check.ts'
import { runLimited } from '../../src/gateway/doctor/run-limited.ts'
import { openStore } from '../../src/gateway/index.ts'
import { systemClock } from '../../src/shared/clock.ts'
import { generateMasterKey } from '../../src/vault/index.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'

/** More than a check has: what is tested is what it finds, on a busy machine too. */
const limitMs = 40_000

export interface TestDoctor {
  test: TestDatabase
  place: DoctorPlace
  dataDir: string
  /** What one group finds, in its order. `env` are settings; they do not move the database. */
  look(check: OwnCheck, change?: Partial<Omit<DoctorPlace, 'config'>> & { env?: Record<string, string> }): Promise<Check[]>
  close(): Promise<void>
}

/** A migrated database and a data directory to look at. */
export async function openTestDoctor(): Promise<TestDoctor> {
  const test = await createTestDatabase()
  const dataDir = await mkdtemp(join(tmpdir(), 'catraca-doctor-'))
  const env = { DATABASE_URL: test.url, CATRACA_DATA_DIR: dataDir, CATRACA_MASTER_KEY: generateMasterKey() }
  const config = readConfig(env)
  const store = await openStore({ ...config, log: { info() {}, warn() {}, error() {} } })
  const place: DoctorPlace = { store, config, isOnline: false, isThorough: true, gatewayUrl: undefined, clock: systemClock, limitMs }
  return {
    test,
    place,
    dataDir,
    look: (check, { env: more, ...change } = {}) =>
      runLimited([check], { ...place, ...change, ...(more && { config: readConfig({ ...env, ...more }) }) }),
    async close() {
      await store.close()
      await test.drop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
