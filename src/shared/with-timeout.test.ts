import { once } from 'node:events'
import { expect, test } from 'vitest'
import { NoAnswerError, withTimeout } from './with-timeout.ts'

test('gives up on what does not answer in time', async () => {
  await expect(withTimeout(new Promise(() => {}), 20)).rejects.toThrow(NoAnswerError)
})

test('an answer that was there in time counts, although this process was too busy to read it', async () => {
  const { port1, port2 } = new MessageChannel()
  const work = once(port1, 'message').then(([message]) => message)
  const answer = withTimeout(work, 20)
  port2.postMessage('here')
  for (const beganMs = performance.now(); performance.now() - beganMs < 60; );
  expect(await answer).toBe('here')
  port1.close()
})
