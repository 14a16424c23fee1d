import type { NanoUsd } from '../../shared/money.ts'
import { formatUsd, type MoneyLocale, toDecimal } from '../../shared/money.ts'
import { type DriftLine, type DriftVerdict, type FigureName, figureNames, isDrift, type UsageFigures } from '../../usage/index.ts'
import { formatCount, formatTime } from '../format.ts'
import { type Column, right, table } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import type { DriftReport } from './gather-drift.ts'

export interface DriftFrame {
  /** Both included: `2026-11-21`. */
  first: string
  last: string
  tolerancePercent: number
  /** The last of the days is not over. */
  isUnfinished: boolean
  /** Of the CSV; undefined without one. */
  csv: { hasDates: boolean; otherDays: number } | undefined
}

const verdicts: Record<DriftVerdict, string> = {
  agrees: 'agrees',
  booked_more: 'we booked more',
  reported_more: 'the provider says more',
  only_booked: 'only ours',
  only_reported: 'only theirs',
  not_compared: 'not compared',
}

const names: Record<FigureName, string> = {
  calls: 'calls',
  inputTokens: 'input tokens',
  cachedTokens: 'of them cached',
  outputTokens: 'output tokens',
  costUsd: 'cost',
}

const columns: readonly Column[] = [
  'PROVIDER',
  'MODEL',
  'WHAT',
  right('BOOKED'),
  right('PROVIDER SAYS'),
  right('DIFFERENCE'),
  right('%'),
  'VERDICT',
]

/** The report in words. */
export function renderDrift(report: DriftReport, frame: DriftFrame, terminal: Terminal): string {
  const { lines } = report
  const bold = (text: string) => terminal.style('bold', text)
  const when = frame.first === frame.last ? `on ${frame.first}` : `from ${frame.first} to ${frame.last}`
  const body =
    lines.length === 0
      ? `Nothing was booked${report.sources.some(({ from }) => from !== 'none') ? ', and no provider says otherwise' : ''}.\n`
      : table(
          columns,
          lines.flatMap((line) => toRows(line, terminal.locale)),
          terminal,
        )
  const parts = [`${bold(`Usage ${when} (UTC), as we booked it and as the provider counts it`)}\n\n${body}`]
  const notes = [...notesOn(report, frame, terminal.locale)]
  if (notes.length > 0) parts.push(`${notes.map((note) => `- ${note}`).join('\n')}\n`)
  parts.push(`${bold('What this cannot see')}\n${blindSpots.map((spot) => `- ${spot}`).join('\n')}\n`)
  parts.push(`${sayVerdict(report, frame, terminal)}\n`)
  return parts.join('\n')
}

const blindSpots = [
  'Calls of other software with the same keys, or in the same organisation: the provider counts them too.',
  'A call around midnight can be in one day here (when it was admitted) and in the next there.',
  'Providers report late: OpenAI and Anthropic within minutes for tokens, and up to a day for costs.',
  'What a provider bills and no call here is for: web searches, file storage, batches, discounts and credits.',
  'Calls through Vercel with your own key are on the provider’s bill and compared; those on Vercel’s credentials are on Vercel’s.',
]

function toRows(line: DriftLine, locale: MoneyLocale): string[][] {
  const told = figureNames.filter((name) => line.booked?.[name] || line.reported?.[name])
  return (told.length === 0 ? (['calls'] as const) : told).map((name, index) => {
    const drift = line.drift[name]
    return [
      index === 0 ? line.provider : '',
      index === 0 ? line.model : '',
      names[name],
      figure(line.booked?.[name], locale),
      figure(line.reported?.[name], locale),
      drift === undefined ? '-' : signed(drift.difference, locale),
      drift?.percent === undefined ? '-' : percent(drift.percent, locale),
      index === 0 ? verdicts[line.verdict] : drift?.isBeyondTolerance ? '←' : '',
    ]
  })
}

function figure(value: number | NanoUsd | undefined, locale: MoneyLocale): string {
  if (value === undefined) return '-'
  return typeof value === 'bigint' ? formatUsd(value, locale) : formatCount(value, locale)
}

function signed(value: number | bigint, locale: MoneyLocale): string {
  if (typeof value === 'bigint') return `${value > 0n ? '+' : ''}${formatUsd(value as NanoUsd, locale)}`
  return new Intl.NumberFormat(locale, { signDisplay: 'exceptZero' }).format(value)
}

/** What is not 0 is not shown as 0. */
function percent(value: number, locale: MoneyLocale): string {
  const shown = new Intl.NumberFormat(locale, { maximumFractionDigits: 2, signDisplay: 'exceptZero' }).format(value)
  return value !== 0 && /^0$/.test(shown) ? `${value > 0 ? '+' : '-'}<${locale === 'pt-BR' ? '0,01' : '0.01'}` : shown
}

function* notesOn({ lines, sources, billedByVercel, demoSince }: DriftReport, frame: DriftFrame, locale: MoneyLocale): Generator<string> {
  for (const { problem } of sources) if (problem !== undefined) yield problem
  if (demoSince) {
    yield `Demo mode: the provider is the emulator, which has counted since ${formatTime(demoSince, 'UTC', locale)} UTC and forgets when the gateway stops.`
  }
  if (frame.isUnfinished) yield `${frame.last} is not over in UTC: what is going on now may be on one side only.`
  if (frame.csv && !frame.csv.hasDates) yield 'The CSV has no column of dates: all of it was taken to be of these days.'
  if (frame.csv && frame.csv.otherDays > 0) yield `Left out: ${count(frame.csv.otherDays, 'row', locale)} of the CSV of other days.`
  for (const { provider, model, booked } of lines) {
    if (booked?.estimated.calls) {
      const { calls, inputTokens, outputTokens, costUsd } = booked.estimated
      yield `${provider}/${model}: ${count(calls, 'call', locale)} of ours ${calls === 1 ? 'is an estimate' : 'are estimates'} (the answer broke off or its usage was not told): ` +
        `${figure(inputTokens, locale)} input and ${figure(outputTokens, locale)} output tokens, ${figure(costUsd, locale)} of what was booked.`
    }
    if (booked?.lateCalls)
      yield `${provider}/${model}: ${count(booked.lateCalls, 'call', locale)} settled late; the truth that came then is what is compared.`
  }
  if (billedByVercel.calls > 0) {
    yield `Left out: ${count(billedByVercel.calls, 'call', locale)} (${formatUsd(billedByVercel.costUsd, locale)}) that Vercel answered on its own credentials. They are on Vercel’s bill.`
  }
}

function count(of: number, what: string, locale: MoneyLocale): string {
  return `${formatCount(of, locale)} ${what}${of === 1 ? '' : 's'}`
}

function sayVerdict(report: DriftReport, { tolerancePercent }: DriftFrame, terminal: Terminal): string {
  const within = `${new Intl.NumberFormat(terminal.locale).format(tolerancePercent)} %`
  const off = report.lines.filter(isDrift).length
  if (off > 0)
    return terminal.style(
      'red',
      `${count(off, 'line', terminal.locale)} of ${formatCount(report.lines.length, terminal.locale)} differ by more than ${within}.`,
    )
  if (report.ok) return terminal.style('green', `All that was compared agrees within ${within}.`)
  return terminal.style('red', 'Nothing was found to differ, but not all could be compared: see above.')
}

/** For machines: money as exact decimals, what is not told as null. */
export function driftToJson(report: DriftReport, frame: DriftFrame) {
  return {
    ok: report.ok,
    from: frame.first,
    to: frame.last,
    time_zone: 'UTC',
    is_unfinished: frame.isUnfinished,
    tolerance_percent: frame.tolerancePercent,
    sources: report.sources.map(({ provider, from, problem }) => ({ provider, from, problem: problem ?? null })),
    lines: report.lines.map(({ provider, model, verdict, booked, reported, drift }) => ({
      provider,
      model,
      verdict,
      booked: booked ? { ...figuresToJson(booked), estimated: figuresToJson(booked.estimated), late_calls: booked.lateCalls } : null,
      reported: reported ? figuresToJson(reported) : null,
      difference: eachFigure((name) => numberToJson(drift[name]?.difference)),
      percent: eachFigure((name) => drift[name]?.percent ?? null),
      beyond_tolerance: figureNames.filter((name) => drift[name]?.isBeyondTolerance).map((name) => jsonNames[name]),
    })),
    billed_by_vercel: { calls: report.billedByVercel.calls, cost_usd: toDecimal(report.billedByVercel.costUsd) },
    demo_since: report.demoSince ?? null,
  }
}

const jsonNames: Record<FigureName, string> = {
  calls: 'calls',
  inputTokens: 'input_tokens',
  cachedTokens: 'cached_tokens',
  outputTokens: 'output_tokens',
  costUsd: 'cost_usd',
}

function eachFigure<T>(value: (name: FigureName) => T): Record<string, T> {
  return Object.fromEntries(figureNames.map((name) => [jsonNames[name], value(name)]))
}

function figuresToJson(figures: UsageFigures): Record<string, number | string | null> {
  return eachFigure((name) => numberToJson(figures[name]))
}

function numberToJson(value: number | bigint | undefined): number | string | null {
  if (value === undefined) return null
  return typeof value === 'bigint' ? toDecimal(value as NanoUsd) : value
}
