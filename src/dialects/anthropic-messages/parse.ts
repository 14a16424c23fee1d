import { isRecord } from '../../shared/is-record.ts'
import type { CallerHeaders, ParsedRequest } from '../dialect.ts'
import { writesOneHourCache } from '../one-hour-cache.ts'
import { maxOutputTokensAllowed, modelName, optionalBoolean, optionalInteger, parseObject } from '../read-body.ts'
import { refuse } from '../refuse.ts'
import { forwardedBetas } from './betas.ts'
import { inputTokensBound } from './input-bound.ts'
import { refuseUnpriced } from './refuse-unpriced.ts'

/** Judges what the pipeline relies on and keeps everything else as it is. Throws InvalidRequestError with `details.param`. */
export function parse(raw: Buffer, headers: CallerHeaders = {}): ParsedRequest {
  const request = parseCount(raw, headers)
  if (request.maxOutputTokens === undefined) throw refuse('max_tokens', 'max_tokens is required: the most tokens that the answer may have')
  return request
}

/** The same for a request that only asks how long it is, and so needs no limit. */
export function parseCount(raw: Buffer, headers: CallerHeaders = {}): ParsedRequest {
  const body = parseObject(raw)
  const messages = body.messages
  if (!Array.isArray(messages) || messages.length === 0) throw refuse('messages', 'messages must be an array with at least one message')
  for (let i = 0; i < messages.length; i++) {
    if (!isRecord(messages[i])) throw refuse(`messages[${i}]`, 'a message must be an object')
    if (typeof messages[i].role !== 'string') throw refuse(`messages[${i}].role`, 'role must be a string')
  }
  refuseUnpriced(body, headers)
  const { cache_control, system, tools } = body
  const priced = { cache_control, system, tools, messages }
  const betas = forwardedBetas(headers['anthropic-beta'])
  return {
    dialect: 'anthropic-messages',
    raw,
    body,
    model: modelName(body.model),
    stream: optionalBoolean(body.stream, 'stream') ?? false,
    // In this dialect usage is part of every stream.
    wantsStreamUsage: true,
    maxOutputTokens: optionalInteger(body.max_tokens, 'max_tokens', maxOutputTokensAllowed),
    choices: 1,
    inputTokensBound: inputTokensBound(body, messages),
    hasAudio: false,
    writesOneHourCache: writesOneHourCache(priced),
    ...(betas === undefined ? {} : { headers: { 'anthropic-beta': betas } }),
  }
}
