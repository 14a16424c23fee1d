import type { Dialect } from '../dialect.ts'
import { parseUpstreamError, renderError } from '../openai-chat/error.ts'
import { toCallOptions } from './call-options.ts'
import { parse } from './parse.ts'
import { prepareBody } from './prepare-body.ts'
import { createRenderer } from './renderer.ts'
import { renderStreamError } from './stream-error.ts'
import { createUsageTap } from './usage-tap.ts'

/** `POST /v1/responses` as OpenAI speaks it, and the Vercel AI Gateway with it. Nothing is stored: every call brings all that it says. */
export const openaiResponses: Dialect = {
  name: 'openai-responses',
  parse,
  prepareBody,
  toCallOptions,
  createTap: createUsageTap,
  createRenderer,
  renderError,
  renderStreamError,
  parseUpstreamError,
}
