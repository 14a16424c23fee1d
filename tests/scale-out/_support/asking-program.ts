import { silentLog } from '../../../src/shared/log.ts'
import { beginWorker, isWorker, startWorkers } from '../../../src/workers/index.ts'

// Three workers of which the first asks all; what it hears is printed. The third has nothing to say.
if (isWorker) {
  const life = await beginWorker()
  const { names } = life.settings as { names: string[] }
  if (life.worker < 3) life.answer('name', async () => names[life.worker - 1] ?? '')
  else life.answer('name', () => Promise.reject(new Error('no time')))
  life.ready(`http://127.0.0.1:1/${life.worker}`)
  if (life.worker === 1) {
    let heard = await life.ask('name')
    // The others may begin after the first question.
    while (heard.length < 2) heard = await life.ask('name')
    process.stdout.write(`${JSON.stringify(heard)}\n`)
  }
  await life.stopped
  life.leave()
} else {
  const workers = await startWorkers({ count: 3, settings: { names: ['um', 'dois'] }, log: silentLog })
  process.stdin.once('data', async () => {
    await workers.stop()
    process.exit(0)
  })
}
