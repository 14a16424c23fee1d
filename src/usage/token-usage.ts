/**
 * The one shape in which tokens are counted, whatever a provider calls them. All are whole numbers from 0 up.
 */
export interface TokenUsage {
  /** The whole prompt; includes cached and cache-write tokens. */
  inputTokens: number
  /** Part of `inputTokens`: read from the provider's prompt cache. */
  cachedTokens: number
  /** Part of `inputTokens`: written to the provider's prompt cache. */
  cacheWriteTokens: number
  /** Part of `cacheWriteTokens`: written to be kept for an hour, which some providers price higher. Left out where nothing was. */
  cacheWriteOneHourTokens?: number
  /** The whole answer; includes reasoning. */
  outputTokens: number
  /** Part of `outputTokens`. */
  reasoningTokens: number
  /** `inputTokens + outputTokens`. */
  totalTokens: number
}

/** Usage as it came off a wire: any field may be missing, null or nonsense. */
export type RawUsage = { readonly [field in keyof TokenUsage]?: unknown }

/** What a call's hold was made for. */
export interface TokenBound {
  inputTokens: number
  outputTokens: number
}

export type UsageRefusal =
  | 'missing'
  | 'not_an_integer'
  | 'negative'
  | 'parts_above_whole'
  | 'total_below_parts'
  /** More than any real call of this size can come to. */
  | 'absurd'

/** `excessTokens` are above the hold's bound: booked all the same, and flagged. `message` is one sentence for the row and the log. */
export type UsageCheck =
  | { accepted: true; usage: TokenUsage; excessTokens: number }
  | { accepted: false; reason: UsageRefusal; message: string }

export const noUsage: TokenUsage = Object.freeze({
  inputTokens: 0,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  totalTokens: 0,
})

/** A provider's own tools (a web search, a file search) can put this many tokens into a prompt that we sent short. */
const serverToolAllowanceTokens = 100_000
const absurdFactor = 10

/**
 * Usage from counts that we know ourselves (an estimate, a test). What is left out is 0 and the total follows. Throws a RangeError
 * when the counts cannot be: use `checkUsage` for what a provider says.
 */
export function tokenUsage(counts: Partial<Omit<TokenUsage, 'totalTokens'>>): TokenUsage {
  const read = readUsage({ inputTokens: 0, outputTokens: 0, ...counts })
  if (!('usage' in read)) throw new RangeError(read.message)
  return read.usage
}

/**
 * Judges what a provider says a call used, before it is booked. Usage above the hold, by 20 % or by five times, is the truth as far
 * as anybody knows: it is accepted and its excess told. Usage that cannot be (negative, fractional, parts above their whole) or that
 * no call of this size can come to (above ten times the bound and 100,000 tokens for the provider's own tools) is refused; the call
 * is then settled as an estimate. A total above input plus output is a provider that counts thinking beside the answer, as Google
 * does: the difference is output, and reasoning.
 */
export function checkUsage(raw: RawUsage | null | undefined, bound: TokenBound): UsageCheck {
  const read = readUsage(raw ?? {})
  if (!('usage' in read)) return { accepted: false, ...read }
  const { usage } = read
  const boundTokens = bound.inputTokens + bound.outputTokens
  if (usage.totalTokens > boundTokens * absurdFactor + serverToolAllowanceTokens) {
    const message = `The provider reported ${usage.totalTokens} tokens for a call that was held at ${boundTokens}.`
    return { accepted: false, reason: 'absurd', message }
  }
  return { accepted: true, usage, excessTokens: Math.max(0, usage.totalTokens - boundTokens) }
}

/** The usage of a whole call: that of all its attempts. */
export function sumUsage(usages: Iterable<TokenUsage>): TokenUsage {
  const sum = { ...noUsage }
  let oneHour = 0
  for (const usage of usages) {
    sum.inputTokens += usage.inputTokens
    sum.cachedTokens += usage.cachedTokens
    sum.cacheWriteTokens += usage.cacheWriteTokens
    sum.outputTokens += usage.outputTokens
    sum.reasoningTokens += usage.reasoningTokens
    sum.totalTokens += usage.totalTokens
    oneHour += usage.cacheWriteOneHourTokens ?? 0
  }
  return oneHour === 0 ? sum : { ...sum, cacheWriteOneHourTokens: oneHour }
}

type ReadUsage = { usage: TokenUsage } | { reason: UsageRefusal; message: string }

const fields = [
  'inputTokens',
  'cachedTokens',
  'cacheWriteTokens',
  'cacheWriteOneHourTokens',
  'outputTokens',
  'reasoningTokens',
  'totalTokens',
] as const

function readUsage(raw: RawUsage): ReadUsage {
  const absent = (value: unknown) => value === undefined || value === null
  if (absent(raw.inputTokens) && absent(raw.outputTokens)) return refuse('missing', 'The provider reported no token counts.')
  const counts = { ...noUsage, cacheWriteOneHourTokens: 0 }
  for (const field of fields) {
    const value = raw[field]
    if (absent(value)) continue
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) return refuse('not_an_integer', `${field} is not a whole number.`)
    if (value < 0) return refuse('negative', `${field} is negative (${value}).`)
    counts[field] = value
  }
  if (counts.cachedTokens + counts.cacheWriteTokens > counts.inputTokens) return refuse('parts_above_whole', describe('cached', 'input'))
  if (counts.cacheWriteOneHourTokens > counts.cacheWriteTokens) return refuse('parts_above_whole', describe('one-hour', 'cache-write'))
  return completeTotal(counts, absent(raw.totalTokens))
}

function completeTotal(counts: Required<TokenUsage>, totalIsAbsent: boolean): ReadUsage {
  const sum = counts.inputTokens + counts.outputTokens
  const surplus = totalIsAbsent ? 0 : counts.totalTokens - sum
  if (surplus < 0) return refuse('total_below_parts', `The total of ${counts.totalTokens} tokens is below its parts (${sum}).`)
  const { cacheWriteOneHourTokens, ...usage } = counts
  usage.outputTokens += surplus
  usage.reasoningTokens = Math.max(usage.reasoningTokens, surplus)
  usage.totalTokens = sum + surplus
  if (usage.reasoningTokens > usage.outputTokens) return refuse('parts_above_whole', describe('reasoning', 'output'))
  return { usage: cacheWriteOneHourTokens === 0 ? usage : { ...usage, cacheWriteOneHourTokens } }
}

function describe(part: string, whole: string): string {
  return `More ${part} tokens were reported than ${whole} tokens.`
}

function refuse(reason: UsageRefusal, message: string): ReadUsage {
  return { reason, message }
}
