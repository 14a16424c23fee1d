import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

test('one worker asks all, and those that do not answer are left out', async () => {
  const program = fileURLToPath(new URL('./_support/asking-program.ts', import.meta.url))
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [heard] = await once(child.stdout.setEncoding('utf8'), 'data')
  expect(JSON.parse(heard)).toEqual([
    { worker: 1, text: 'um' },
    { worker: 2, text: 'dois' },
  ])
  child.stdin.end('stop')
  expect(await once(child, 'exit')).toEqual([0, null])
})
