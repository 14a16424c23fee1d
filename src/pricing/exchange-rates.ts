import type { Queryable } from '../database/index.ts'
import { type Clock, systemClock } from '../shared/clock.ts'
import { ConfigurationError } from '../shared/errors.ts'
import { formatDecimal, parseDecimal } from '../shared/money.ts'
import { fetchPtax, ptaxUrl } from './ptax.ts'
import { insertRate } from './sql/insert-rate.ts'
import { selectLatestRate } from './sql/select-latest-rate.ts'

/** A rate with what must stand beside it on every row that was converted with it. */
export interface ExchangeQuote {
  /** Reais for one dollar, a decimal string with at most eight decimals: `5.4828`. */
  rate: string
  /** `env` (USD_BRL_RATE), `ptax`, or what the operator wrote into `exchange_rates`. */
  source: string
  quotedAt: Date
  /** The quote is older than 72 hours: usable, and something to alert about. */
  stale: boolean
}

export interface RefreshReport {
  /** A quote that was not known before has been stored. */
  stored: boolean
  /** Why there is nothing new, in words for the log; undefined when all went well. */
  problem: string | undefined
}

export interface ExchangeRates {
  /** The rate in memory, without any waiting; undefined when there never was one. */
  find(): ExchangeQuote | undefined
  /** Like `find`; throws ConfigurationError `no_exchange_rate`, which says what the operator can do. */
  current(): ExchangeQuote
  /** Takes the last stored quote into memory: what start-up waits for. Never rejects. */
  load(): Promise<RefreshReport>
  /**
   * Asks the Banco Central, stores what is new and takes it into memory. Never rejects: without an answer the last stored quote stays in
   * use. A refresh that is asked for while one runs is that one. Start-up does not wait for it.
   */
  refresh(): Promise<RefreshReport>
}

export interface ExchangeRateOptions {
  database: Queryable
  /** USD_BRL_RATE: when set, nothing else is asked. A value that is no rate throws ConfigurationError `config_invalid`. */
  fixedRate?: string | undefined
  /** EXCHANGE_RATE_URL; default the Banco Central's PTAX service. */
  baseUrl?: string | undefined
  timeoutMs?: number
  clock?: Clock
}

const staleAfterMs = 72 * 3_600_000
/** As the column keeps it. */
const rateDigits = 8
/** No real quote of the last thirty years is outside; a broken answer or a slip of the keyboard is. The table checks the same. */
const lowestRate = parseDecimal('0.5', rateDigits)
const highestRate = parseDecimal('50', rateDigits)

interface Quote {
  rate: string
  source: string
  quotedAt: Date
}

export function createExchangeRates(options: ExchangeRateOptions): ExchangeRates {
  const { database, baseUrl = ptaxUrl, timeoutMs = 10_000, clock = systemClock } = options
  const fixed = options.fixedRate === undefined ? undefined : fixedQuote(options.fixedRate, clock)
  let quote: Quote | undefined = fixed
  let running: Promise<RefreshReport> | undefined

  const load = async (): Promise<RefreshReport> => {
    if (fixed) return { stored: false, problem: undefined }
    try {
      quote = (await findLatest(database)) ?? quote
      return { stored: false, problem: undefined }
    } catch (error) {
      return { stored: false, problem: `The stored exchange rate could not be read: ${describe(error)}` }
    }
  }

  const refresh = async (): Promise<RefreshReport> => {
    if (fixed) return { stored: false, problem: undefined }
    let problem: string | undefined
    let stored = false
    try {
      const latest = await fetchPtax({ baseUrl, nowMs: clock.nowMs(), timeoutMs })
      const rows = await database.query(insertRate, [checkedRate(latest.rate), 'ptax', latest.quotedAtLocal])
      stored = rows.length > 0
    } catch (error) {
      problem = `PTAX could not be refreshed: ${describe(error)}`
    }
    const loaded = await load()
    return { stored, problem: problem ?? loaded.problem }
  }

  const find = (): ExchangeQuote | undefined => {
    if (!quote) return undefined
    return { ...quote, stale: quote !== fixed && clock.nowMs() - quote.quotedAt.getTime() > staleAfterMs }
  }

  return {
    find,
    load,
    current() {
      const found = find()
      if (found) return found
      const message =
        'There is no USD/BRL exchange rate: the Banco Central could not be reached and none was ever stored. Set USD_BRL_RATE or add a row to exchange_rates.'
      throw new ConfigurationError('no_exchange_rate', message)
    },
    refresh() {
      running ??= refresh().finally(() => {
        running = undefined
      })
      return running
    },
  }
}

async function findLatest(database: Queryable): Promise<Quote | undefined> {
  const [row] = await database.query<{ rate: string; source: string; quoted_at: Date }>(selectLatestRate)
  return row && { rate: checkedRate(row.rate), source: row.source, quotedAt: row.quoted_at }
}

function fixedQuote(rate: string, clock: Clock): Quote {
  try {
    return { rate: checkedRate(rate.trim()), source: 'env', quotedAt: new Date(clock.nowMs()) }
  } catch (error) {
    throw new ConfigurationError('config_invalid', `USD_BRL_RATE: ${describe(error)}`, { cause: error })
  }
}

/** The rate in its shortest form. Throws a RangeError on what cannot be one. */
function checkedRate(text: string): string {
  const rate = parseDecimal(text, rateDigits)
  if (rate < lowestRate || rate > highestRate) throw new RangeError(`${text} reais for a dollar is no believable rate`)
  return formatDecimal(rate, rateDigits)
}

function describe(error: unknown): string {
  if (error instanceof Error && error.name === 'ZodError') return 'the answer is not a list of quotes'
  return error instanceof Error ? error.message : String(error)
}
