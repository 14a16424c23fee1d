// `npm run bench -- pages`: what the dashboard's pages ask for, over a month of a million calls. Figures: docs/benchmarks.md.
import { parseArgs } from 'node:util'
import type { Database } from '../src/database/index.ts'
import { adminRoutes } from '../src/http/index.ts'
import { fill } from './analytics.ts'
import { median, spread } from './overhead/figures.ts'
import { withBenchDatabase } from './with-bench-database.ts'

const help = `npm run bench -- pages [options]: what the dashboard asks for, over a month of calls

  --rows N     calls of the month (1000000)
  --clients N  clients that share them: the n-th has a share in proportion to 1/n (200)
  --times N    how often each page is asked for, after once to warm up (10)`

const targetMs = 300

const month = (() => {
  const from = new Date(new Date().toISOString().slice(0, 7))
  const to = new Date(from.getTime() + 30 * 86_400_000)
  return `from=${from.toISOString()}&to=${to.toISOString()}`
})()
const middle = (days: number) => {
  const from = new Date(Date.parse(new Date().toISOString().slice(0, 7)) + 10 * 86_400_000)
  return `from=${from.toISOString()}&to=${new Date(from.getTime() + days * 86_400_000).toISOString()}`
}

const pages: readonly string[] = [
  `/calls?${month}`,
  `/calls?${month}&limit=200&client=c-1`,
  `/calls?${month}&client=c-150`,
  `/calls?${month}&order=asc`,
  `/calls?${month}&status=error`,
  `/calls?${month}&status=cancelled`,
  `/calls?${month}&was_fallback=true`,
  `/calls?${month}&was_cached=true`,
  `/calls?${month}&model=gemini-2.5-flash`,
  `/calls?${month}&model=gemini-2.5-flash&client=c-190`,
  `/calls?${month}&model=no-such-model`,
  `/calls?${month}&api_type=image`,
  `/calls?${month}&source=whatsapp`,
  `/calls?${middle(7)}&min_cost_brl=0.5`,
  `/calls?${middle(7)}&search=req_that_nobody_has`,
  `/calls?${month}&search=0199c0de-0000-7000-8000-000000000000`,
  `/calls?${middle(7)}&sort=cost_brl`,
  `/calls?${middle(7)}&sort=latency_ms&client=c-1`,
  `/calls?${middle(7)}&sort=total_tokens&order=asc`,
  `/usage/series?${month}`,
  `/usage/series?${month}&by=client`,
  `/usage/series?${month}&by=model&client=c-1`,
  `/usage/series?${month}&by=model&bucket=month`,
  `/usage/series?${middle(7)}&by=model&bucket=hour`,
  `/usage/groups?${month}`,
  `/usage/groups?${month}&by=model`,
  `/usage/latency?${month}`,
  `/usage/latency?${month}&client=c-1&model=gpt-4o`,
  `/usage/failures?${month}`,
]

interface AskedPage {
  rows: number
  ms: number
}

/** As the server does it, without HTTP: the query through the route's schema, the handler on the database. */
async function askPage(database: Database, page: string): Promise<AskedPage> {
  const [url = '', query = ''] = page.split('?')
  const route = adminRoutes.find((one) => one.method === 'GET' && one.url === url)
  if (!route) throw new Error(`no route ${url}`)
  const began = performance.now()
  const input = { params: {}, query: route.input.query?.parse(Object.fromEntries(new URLSearchParams(query))), body: undefined }
  const answer = (await route.handle({ owner: database } as unknown as Parameters<typeof route.handle>[0], input)) as Record<
    string,
    unknown
  >
  JSON.stringify(answer, (_key, value: unknown) => (typeof value === 'bigint' ? Number(value) : value))
  const list = answer.items ?? answer.points ?? answer.errors
  return { rows: Array.isArray(list) ? list.length : 0, ms: performance.now() - began }
}

export async function benchmarkPages(args: string[]): Promise<void> {
  const { values: options } = parseArgs({
    args,
    options: {
      rows: { type: 'string', default: '1000000' },
      clients: { type: 'string', default: '200' },
      times: { type: 'string', default: '10' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (options.help) {
    console.log(help)
    return
  }
  await withBenchDatabase(async (database) => {
    await fill(database, Number(options.rows), Number(options.clients))
    console.log(`\nmin / median / max of ${options.times}, in ms; target: under ${targetMs}`)
    for (const page of pages) {
      const { rows } = await askPage(database, page)
      const taken: number[] = []
      for (let time = 0; time < Number(options.times); time += 1) taken.push((await askPage(database, page)).ms)
      const name = page.replaceAll(/(from|to)=[^&]*&?/g, '')
      console.log(`  ${name.padEnd(64)} ${spread(taken, 1)}${median(taken) > targetMs ? ' TOO SLOW' : ''}, ${rows} rows`)
    }
  })
}
