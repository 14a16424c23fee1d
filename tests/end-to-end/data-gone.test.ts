import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { copyCluster } from '../_support/made-cluster.ts'
import { startProgram } from '../_support/start-program.ts'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

test('a demo whose data somebody deleted under it still ends when it is told to, and says what is wrong', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'catraca-gone-'))
  await copyCluster(dataDir)
  const env = { CATRACA_DATA_DIR: dataDir, EXCHANGE_RATE_URL: 'http://127.0.0.1:9' }
  const gateway = startProgram(dataDir, env, process.execPath, main, 'up', '--port', '0')
  await gateway.says(/DEMO MODE/)
  await fetch(await gateway.says(/is ready on (http:\S+)/))
  const server = Number((await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0])
  try {
    await rm(join(dataDir, 'postgres', 'global'), { recursive: true })
    await gateway.stop()
    expect(await gateway.ends()).toBe(1)
    expect(gateway.said()).toMatch(/catraca: could not open file/)
  } finally {
    process.kill(server, 'SIGQUIT')
    await expect.poll(() => readFile(`/proc/${server}/cmdline`, 'utf8').catch(() => '')).toBe('')
    await rm(dataDir, { recursive: true, force: true })
  }
})
