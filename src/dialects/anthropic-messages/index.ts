import type { Dialect } from '../dialect.ts'
import { toCallOptions } from './call-options.ts'
import { createCountTap } from './count-tokens.ts'
import { parseUpstreamError, renderError, renderStreamError, statusOf } from './error.ts'
import { createTap } from './messages-tap.ts'
import { parse, parseCount } from './parse.ts'
import { prepareBody } from './prepare-body.ts'
import { createRenderer } from './renderer.ts'

export { renderTokenEstimate } from './count-tokens.ts'
export { smallestThinkingBudget } from './prepare-body.ts'

/** `POST /v1/messages` as Anthropic speaks it, and the Vercel AI Gateway with it. */
export const anthropicMessages: Dialect = {
  name: 'anthropic-messages',
  parse,
  prepareBody,
  toCallOptions,
  createTap,
  createRenderer,
  renderError,
  renderStreamError,
  statusOf,
  parseUpstreamError,
  ping: Buffer.from('event: ping\ndata: {"type":"ping"}\n\n'),
}

/** `POST /v1/messages/count_tokens`: the same request, which is only measured. */
export const anthropicCountTokens: Dialect = { ...anthropicMessages, parse: parseCount, createTap: createCountTap }
