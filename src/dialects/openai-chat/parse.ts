import { isUtf8 } from 'node:buffer'
import type { ParsedRequest } from '../dialect.ts'
import { inputTokensBound } from './input-bound.ts'
import { isRecord } from './is-record.ts'
import { refuse } from './refuse.ts'
import { scanObject } from './scan-object.ts'

const maxDepth = 200
const maxChoices = 16
/** Above any model's window, and small enough that a sum of several stays exact. */
const maxOutputTokensAllowed = 100_000_000
const longestModelName = 256

/** Judges what the pipeline relies on and keeps everything else as it is. Throws InvalidRequestError with `details.param`. */
export function parse(raw: Buffer): ParsedRequest {
  const body = parseObject(raw)
  const messages = body.messages
  if (!Array.isArray(messages) || messages.length === 0) throw refuse('messages', 'messages must be an array with at least one message')
  for (let i = 0; i < messages.length; i++) {
    if (!isRecord(messages[i])) throw refuse(`messages[${i}]`, 'a message must be an object')
    if (typeof messages[i].role !== 'string') throw refuse(`messages[${i}].role`, 'role must be a string')
  }
  const stream = optionalBoolean(body.stream, 'stream') ?? false
  const options = body.stream_options ?? {}
  if (!isRecord(options)) throw refuse('stream_options', 'stream_options must be an object')
  const includeUsage = optionalBoolean(options.include_usage, 'stream_options.include_usage') ?? false
  return {
    dialect: 'openai-chat',
    raw,
    body,
    model: modelName(body.model),
    stream,
    wantsStreamUsage: stream && includeUsage,
    maxOutputTokens: outputLimit(body),
    choices: optionalInteger(body.n, 'n', maxChoices) ?? 1,
    inputTokensBound: inputTokensBound(body, messages),
    hasAudio: messages.some(hasAudio),
  }
}

function hasAudio({ content }: Record<string, unknown>): boolean {
  return Array.isArray(content) && content.some((part) => isRecord(part) && part.type === 'input_audio')
}

function parseObject(raw: Buffer): Record<string, unknown> {
  const scan = scanObject(raw.toString('latin1'), maxDepth)
  if (scan.tooDeep) throw refuse(null, `The body nests deeper than ${maxDepth} levels`)
  if (!isUtf8(raw)) throw refuse(null, 'The body is not valid UTF-8')
  let body: unknown
  try {
    body = JSON.parse(raw.toString('utf8'))
  } catch {
    // The parser's own words quote the body, which may be a prompt.
    throw refuse(null, 'The body is not valid JSON')
  }
  if (!isRecord(body)) throw refuse(null, 'The body must be a JSON object')
  // Which of two a provider obeys is unknown: one could be priced and the other served.
  const keys = new Set<string>()
  for (const { key } of scan.members) {
    if (keys.has(key)) throw refuse(key, `The field ${JSON.stringify(key)} is given twice`)
    keys.add(key)
  }
  return body
}

function modelName(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string' || value === '' || value.length > longestModelName)
    throw refuse('model', 'model must be the name of a model')
  return value
}

// Where both are given the lower one holds, and only one is sent on.
function outputLimit(body: Record<string, unknown>): number | undefined {
  const older = optionalInteger(body.max_tokens, 'max_tokens', maxOutputTokensAllowed)
  const newer = optionalInteger(body.max_completion_tokens, 'max_completion_tokens', maxOutputTokensAllowed)
  return older === undefined || newer === undefined ? (newer ?? older) : Math.min(older, newer)
}

function optionalBoolean(value: unknown, param: string): boolean | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'boolean') throw refuse(param, `${param} must be true or false`)
  return value
}

function optionalInteger(value: unknown, param: string, max: number): number | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > max) {
    throw refuse(param, `${param} must be a whole number from 1 to ${max}`)
  }
  return value
}
