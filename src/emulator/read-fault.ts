import { asNumber, asRecord, type JsonRecord } from './as-record.ts'
import type { Fault, FaultMatch, InjectedFault, UsageFault } from './fault.ts'

type FieldKind = 'number' | 'flag' | 'text' | 'usage'

const faultFields: Record<keyof Fault, FieldKind> = {
  status: 'number',
  message: 'text',
  code: 'text',
  retryAfterSeconds: 'number',
  badKey: 'flag',
  delayMs: 'number',
  firstTokenDelayMs: 'number',
  gapMs: 'number',
  hang: 'flag',
  hangAfterChunks: 'number',
  trickleMs: 'number',
  reset: 'flag',
  cutAfterChunks: 'number',
  cutMidFrame: 'flag',
  endAfterChunks: 'number',
  errorAfterChunks: 'number',
  garbage: 'flag',
  usage: 'usage',
  splitBytes: 'number',
  chunks: 'number',
  tokensPerChunk: 'number',
  cachedTokens: 'number',
  cacheWriteTokens: 'number',
  reasoningTokens: 'number',
}

const matchFields: Record<keyof FaultMatch, FieldKind> = {
  provider: 'text',
  model: 'text',
  key: 'text',
  call: 'text',
  nth: 'number',
  times: 'number',
}

/** The marker's short words for a fault's fields. */
const markerWords: Record<string, keyof Fault | keyof FaultMatch> = {
  'bad-key': 'badKey',
  'cache-write': 'cacheWriteTokens',
  cached: 'cachedTokens',
  chunks: 'chunks',
  code: 'code',
  cut: 'cutAfterChunks',
  'cut-mid-frame': 'cutMidFrame',
  delay: 'delayMs',
  end: 'endAfterChunks',
  error: 'errorAfterChunks',
  'first-token': 'firstTokenDelayMs',
  gap: 'gapMs',
  garbage: 'garbage',
  hang: 'hang',
  'hang-after': 'hangAfterChunks',
  key: 'key',
  model: 'model',
  nth: 'nth',
  provider: 'provider',
  reasoning: 'reasoningTokens',
  reset: 'reset',
  'retry-after': 'retryAfterSeconds',
  split: 'splitBytes',
  status: 'status',
  times: 'times',
  'tokens-per-chunk': 'tokensPerChunk',
  trickle: 'trickleMs',
  usage: 'usage',
}

/** Thrown for a fault that cannot be meant: a misspelt one that quietly did nothing would make a test pass for the wrong reason. */
export class UnknownFaultError extends Error {}

/** Checks a fault from the control API, field by field. */
export function readFault(value: unknown): InjectedFault {
  const { match, ...fields } = asRecord(value)
  const fault: InjectedFault = readFields<Fault>(fields, faultFields)
  const { status } = fault
  if (status !== undefined && !(status >= 400 && status <= 599)) throw new UnknownFaultError(`a fault's status cannot be ${status}`)
  if (Object.keys(fields).length === 0) throw new UnknownFaultError('a fault needs at least one field besides match')
  if (match !== undefined) fault.match = readFields<FaultMatch>(asRecord(match), matchFields)
  return fault
}

/** Reads one marker's inside, for example `provider=openai status=429 retry-after=2`. */
export function readMarker(inside: string): InjectedFault {
  const fields: JsonRecord = {}
  const match: JsonRecord = {}
  for (const word of inside.trim().split(/\s+/)) {
    const [name = '', written] = word.split(/=(.*)/s)
    const field = markerWords[name]
    if (field === undefined) throw new UnknownFaultError(`unknown word in an emulate marker: ${name}`)
    const kind = kindOf(field)
    const value = readWritten(kind, written)
    if (field in matchFields) match[field] = value
    else fields[field] = value
  }
  return readFault(Object.keys(match).length === 0 ? fields : { ...fields, match })
}

function kindOf(field: keyof Fault | keyof FaultMatch): FieldKind {
  return field in matchFields ? matchFields[field as keyof FaultMatch] : faultFields[field as keyof Fault]
}

function readWritten(kind: FieldKind, written: string | undefined): unknown {
  if (kind === 'flag') return written === undefined || written === 'true'
  if (kind === 'number') return Number(written ?? Number.NaN)
  if (kind === 'text' || written === undefined) return written
  const exact = /^(\d+)\/(\d+)$/.exec(written)
  if (exact !== null) return { inputTokens: Number(exact[1]), outputTokens: Number(exact[2]) }
  return /^x[\d.]+$/.test(written) ? { scale: Number(written.slice(1)) } : written
}

function readFields<T extends Fault | FaultMatch>(fields: JsonRecord, kinds: Record<keyof T, FieldKind>): T {
  for (const [name, value] of Object.entries(fields)) {
    const kind: FieldKind | undefined = kinds[name as keyof T]
    if (kind === undefined) throw new UnknownFaultError(`unknown field in a fault: ${name}`)
    if (!fits(kind, value)) throw new UnknownFaultError(`a fault's ${name} cannot be ${JSON.stringify(value)}`)
  }
  return fields as T
}

function fits(kind: FieldKind, value: unknown): boolean {
  if (kind === 'flag') return typeof value === 'boolean'
  if (kind === 'text') return typeof value === 'string'
  if (kind === 'number') return asNumber(value) !== undefined && Number(value) >= 0
  return isUsageFault(value)
}

function isUsageFault(value: unknown): value is UsageFault {
  if (typeof value === 'string') return ['none', 'negative', 'absurd'].includes(value)
  const { scale, inputTokens, outputTokens } = asRecord(value)
  return asNumber(scale) !== undefined || (asNumber(inputTokens) !== undefined && asNumber(outputTokens) !== undefined)
}
