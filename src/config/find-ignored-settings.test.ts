import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { findIgnoredSettings } from './find-ignored-settings.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'catraca-settings-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

it('names a setting that there is not, with the one that was meant', () => {
  expect(findIgnoredSettings({ CATRACA_DATA_DR: '/data', CATRACA_PORT: '3001', CATRACA_WISHES: 'many' }, dir)).toEqual([
    'There is no setting CATRACA_DATA_DR: it is ignored (CATRACA_DATA_DIR?)',
    'There is no setting CATRACA_PORT: it is ignored (PORT?)',
    'There is no setting CATRACA_WISHES: it is ignored',
  ])
})

it('leaves alone what is known, and what others set', () => {
  const others = {
    CATRACA_DATA_DIR: '.catraca',
    CATRACA_NEW_MASTER_KEY: 'x',
    CATRACA_KEY: 'x',
    OPENAI_API_KEY: 'x',
    PATH: '/bin',
    // What Kubernetes gives every pod beside services "catraca" and "catraca-db".
    CATRACA_PORT: 'tcp://10.0.0.1:3000',
    CATRACA_PORT_3000_TCP_ADDR: '10.0.0.1',
    CATRACA_SERVICE_HOST: '10.0.0.1',
    CATRACA_SERVICE_PORT_HTTP: '3000',
    CATRACA_DB_PORT: 'tcp://10.0.0.2:5432',
    CATRACA_DB_SERVICE_HOST: '10.0.0.2',
  }
  expect(findIgnoredSettings(others, dir)).toEqual([])
})

it('says which lines of .env.local are no assignment, and not what stands there', async () => {
  const lines = [
    '# note',
    'ENABLE_AI_GATEWAY true',
    'A=1',
    '',
    'B="one',
    'two"',
    'sk-test-secret',
    'export C=3 # three',
    '  # end',
    'D=',
    '= 4',
  ]
  await writeFile(join(dir, '.env.local'), lines.join('\r\n'))
  const numbers = findIgnoredSettings({}, dir)
  expect(numbers).toEqual([2, 7, 11].map((number) => `Line ${number} of .env.local is not NAME=value: it is ignored`))
})
