import type { LanguageModelV4CallOptions } from '@ai-sdk/provider'
import type { InvalidRequestError } from '../shared/errors.ts'
import { isRecord } from '../shared/is-record.ts'
import type { DialectName } from './dialect.ts'
import { refuse } from './refuse.ts'

interface Setting {
  name: keyof LanguageModelV4CallOptions
  /** What the caller calls it; by dialect where they differ. */
  param: string | Readonly<Record<DialectName, string>>
  /** The names that providers have for it. */
  key: RegExp
  /** The value that every model has by itself: nothing is lost with it. */
  neutral?: unknown
}

const formats = { 'openai-chat': 'response_format', 'openai-responses': 'text.format', 'anthropic-messages': 'output_config.format' }
const stops = { 'openai-chat': 'stop', 'openai-responses': 'stop', 'anthropic-messages': 'stop_sequences' }
const settings: readonly Setting[] = [
  { name: 'temperature', param: 'temperature', key: /temperature/i, neutral: 1 },
  { name: 'topP', param: 'top_p', key: /^(?:top_?)?p$/i, neutral: 1 },
  { name: 'topK', param: 'top_k', key: /^(?:top_?)?k$/i },
  { name: 'seed', param: 'seed', key: /seed/i },
  { name: 'presencePenalty', param: 'presence_penalty', key: /presence/i, neutral: 0 },
  { name: 'frequencyPenalty', param: 'frequency_penalty', key: /frequency/i, neutral: 0 },
  { name: 'stopSequences', param: stops, key: /stop/i },
  { name: 'responseFormat', param: formats, key: /format|mime_?type/i },
]

/**
 * What the AI SDK's provider left out of, or changed in, the body that it is about to send: it only warns, after the answer is paid for,
 * and which settings a model has is known to it alone. Undefined when all is there.
 */
export function lostSetting(dialect: DialectName, options: LanguageModelV4CallOptions, sent: string): InvalidRequestError | undefined {
  const asked = settings.filter((setting) => isAsked(setting, options[setting.name]))
  if (asked.length === 0) return undefined
  const members = membersOf(JSON.parse(sent), 0)
  const lost = asked.find(({ name, key }) => {
    const found = members.filter(([member]) => key.test(member))
    return !found.some(([, value]) => typeof options[name] !== 'number' || value === options[name])
  })
  if (!lost) return undefined
  const param = typeof lost.param === 'string' ? lost.param : lost.param[dialect]
  return refuse(
    param,
    `${param} of ${JSON.stringify(options[lost.name])?.slice(0, 100)} cannot be asked of this model by way of its provider`,
  )
}

function isAsked({ name, neutral }: Setting, value: unknown): boolean {
  if (value === undefined || value === neutral) return false
  if (Array.isArray(value)) return value.length > 0
  // A schema goes in more ways than one, some of them tools; that it is kept is the provider's own promise.
  return name !== 'responseFormat' || (isRecord(value) && value.type === 'json' && value.schema === undefined)
}

/** Of the settings, not of the prompt, which is in lists. */
function membersOf(value: unknown, depth: number): [string, unknown][] {
  if (!isRecord(value) || depth > 2) return []
  return Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[key, inner], ...membersOf(inner, depth + 1)]))
}
