import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openDatabase } from '../src/database/index.ts'
import { startChild } from './overhead/child.ts'
import { spread } from './overhead/figures.ts'
import { wholeCall } from './overhead/sample-call.ts'
import { sendCalls } from './overhead/send-calls.ts'
import { gatewayEnv, gatewayProcess, startGateway } from './overhead/start-gateway.ts'
import { withBenchFolder } from './with-bench-folder.ts'

const targetRss = 180
const targetStartMs = 1_500
const slices = 20
const starts = 5

const help = `npm run bench -- memory [options]: the resident memory of the gateway's process over many calls, 32 at once, and then how long
\`catraca up\` takes from its start to ready on the data directory that they left.

  --calls N   (1000000)
  --quick     50,000 calls`

export async function benchmarkMemory(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      calls: { type: 'string', default: '1000000' },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return console.log(help)
  const calls = values.quick ? 50_000 : Number(values.calls)
  await withBenchFolder(async (dir, start) => {
    const upstream = await start(startChild<{ url: string }>({ file: 'upstream.ts' }))
    const place = { upstreamUrl: upstream.ready.url, stdoutFile: '/dev/null' }
    // What the first start of a version has to compile and to strip of its types, every other one finds done.
    await (await startGateway({ ...place, dir: join(dir, 'first') })).stop()
    const gateway = await startGateway({ ...place, dir: join(dir, 'data') })
    try {
      const headers = { authorization: `Bearer ${gateway.ready.clientKey}` }
      const seen: number[] = []
      for (let slice = 0; slice < slices; slice += 1) {
        await sendCalls({ url: gateway.ready.url, headers, body: wholeCall, calls: calls / slices, pace: { atOnce: 32 } })
        seen.push((await gateway.usage()).rssBytes / 1024 / 1024)
        console.log(`  after ${(((slice + 1) * calls) / slices).toLocaleString('en')} calls: ${seen.at(-1)?.toFixed(0)} MB`)
      }
      console.log(`resident memory (target: at most ${targetRss} MB): ${spread(seen, 0)} MB (min / median / max)`)
      await checkRows(gateway.ready.databaseUrl, calls)
    } finally {
      await gateway.stop()
    }
    const startMs: number[] = []
    for (let turn = 0; turn < starts; turn += 1) startMs.push(await timeStart(join(dir, 'data'), upstream.ready.url))
    console.log(`start to ready (target: at most ${targetStartMs} ms): ${spread(startMs, 0)} ms (min / median / max of ${starts})`)
  })
}

async function checkRows(url: string, calls: number): Promise<void> {
  const database = openDatabase({ url, maxConnections: 1 })
  const sql = 'select (select count(*) from gateway_usage_logs) + (select count(*) from budget_holds) as rows'
  const [row] = await database.query<{ rows: bigint }>(sql)
  await database.close()
  if (row?.rows !== BigInt(calls)) throw new Error(`${row?.rows} rows and holds for ${calls} calls`)
}

/** As the launcher starts it. */
async function timeStart(dir: string, upstreamUrl: string): Promise<number> {
  const began = performance.now()
  const main = join(import.meta.dirname, '..', 'src', 'main.ts')
  const args = [...gatewayProcess.flags, main, 'up']
  const child = spawn(process.execPath, args, { cwd: dir, env: gatewayEnv(dir, upstreamUrl), stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  let said = ''
  // Read to the end: a program whose reader leaves ends itself at once.
  const ready = new Promise<number>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk
      if (said.includes('is ready on')) resolve(performance.now() - began)
    })
  })
  const ms = await Promise.race([ready, exited.then(() => undefined)])
  if (ms === undefined) throw new Error(`the gateway did not start: ${said}`)
  child.kill('SIGTERM')
  await exited
  return ms
}
