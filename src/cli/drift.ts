import { readFile } from 'node:fs/promises'
import { InvalidArgumentError } from 'commander'
import { knownProviders } from '../gateway/index.ts'
import type { ReportDays } from '../providers/index.ts'
import { type AddCommands, type CommandOptions, example, onStore, withJson } from './command.ts'
import { gatherDrift } from './drift/gather-drift.ts'
import { readUsageCsv } from './drift/read-usage-csv.ts'
import { type DriftFrame, driftToJson, renderDrift } from './drift/render-drift.ts'
import { Exit, UsageError } from './failure.ts'
import { readStdin } from './read-stdin.ts'
import { answer } from './terminal.ts'
import { withStore } from './with-store.ts'

interface DriftOptions extends CommandOptions {
  date?: string
  from?: string
  to?: string
  provider?: string
  csv?: string
  tolerance: number
}

const dayMs = 86_400_000
/** More than a quarter of a year is no question of what went wrong on a day. */
const mostDays = 92

const exitCodes = `
Exit code: 0 where all that was compared agrees; 1 where a line differs by more than the tolerance, where a provider
that has a key, or was named by --provider, could not be asked, or where nothing could be compared; 2 for what was
typed wrong, an unreadable CSV included. Only tokens and cost count, and of the cost a difference of a cent or more.`

export const addDriftCommand: AddCommands = (program, terminal) => {
  const command = program
    .command('drift')
    .description("compare what was booked with the provider's own numbers, by model. Exit code 1 where they differ")
    .option('--date <day>', 'a day of UTC, as providers count: 2026-11-21, today or yesterday (default yesterday)')
    .option('--from <day>', 'with --to: several days at once, both included')
    .option('--to <day>')
    .option('--provider <name>', 'only this one (default all)')
    .option('--csv <file>', "the provider's export, in place of asking it; - reads standard input. docs/cli.md has the columns")
    .option('--tolerance <percent>', 'how far a line may be off', percentage, 0.5)
    .addHelpText('after', exitCodes)
  example(
    withJson(onStore(command)),
    'npx catraca drift',
    'npx catraca drift --date 2026-11-21 --provider openai --tolerance 0.1',
    'npx catraca drift --from 2026-11-01 --to 2026-11-30 --provider groq --csv groq.csv',
  ).action(async (options: DriftOptions) => {
    const now = Date.now()
    const days = readDays(options, now)
    const [first, last] = [isoDay(days.from.getTime()), isoDay(days.to.getTime() - dayMs)]
    const csv =
      options.csv === undefined ? undefined : readUsageCsv(await readText(options.csv), { provider: options.provider, first, last })
    await withStore(terminal, options, async (store, config) => {
      const known = await knownProviders(store.owner)
      if (options.provider !== undefined && !known.includes(options.provider))
        throw new UsageError(`There is no provider "${options.provider}"; there are ${known.join(', ')}`)
      const report = await gatherDrift(store, config, { days, provider: options.provider, csv, tolerancePercent: options.tolerance })
      const frame: DriftFrame = { first, last, tolerancePercent: options.tolerance, isUnfinished: days.to.getTime() > now, csv }
      answer(terminal, options, driftToJson(report, frame), () => renderDrift(report, frame, terminal))
      if (!report.ok) throw new Exit(1)
    })
  })
}

function percentage(text: string): number {
  if (!/^\d{1,3}(?:[.,]\d+)?$/.test(text)) throw new InvalidArgumentError('It must be a number of percent, such as 0.5.')
  return Number(text.replace(',', '.'))
}

function readDays({ date, from, to }: DriftOptions, now: number): ReportDays {
  if (date !== undefined && (from !== undefined || to !== undefined))
    throw new UsageError('--date is one day, --from and --to are several: give one or the other')
  if ((from === undefined) !== (to === undefined)) throw new UsageError('--from and --to go together')
  const first = readDay(from ?? date ?? 'yesterday', now)
  const last = readDay(to ?? date ?? 'yesterday', now)
  if (last < first) throw new UsageError(`--to ${isoDay(last)} is before --from ${isoDay(first)}`)
  if (last - first >= mostDays * dayMs) throw new UsageError(`--from and --to are more than ${mostDays} days apart`)
  if (first > now) throw new UsageError(`${isoDay(first)} has not begun in UTC`)
  return { from: new Date(first), to: new Date(last + dayMs) }
}

function readDay(text: string, now: number): number {
  const today = Math.floor(now / dayMs) * dayMs
  if (text === 'today') return today
  if (text === 'yesterday') return today - dayMs
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  if (Number.isNaN(time) || isoDay(time) !== text) throw new UsageError(`"${text}" is no day such as 2026-11-21`)
  return time
}

function isoDay(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}

async function readText(file: string): Promise<string> {
  try {
    return file === '-' ? await readStdin() : await readFile(file, 'utf8')
  } catch (error) {
    throw new UsageError(`--csv ${file} cannot be read: ${error instanceof Error ? error.message : error}`)
  }
}
