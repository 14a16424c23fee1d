import type { Dialect } from '../dialect.ts'
import { toCallOptions } from './call-options.ts'
import { parseUpstreamError, renderError, renderStreamError } from './error.ts'
import { parse } from './parse.ts'
import { prepareBody } from './prepare-body.ts'
import { createRenderer } from './renderer.ts'
import { createUsageTap } from './usage-tap.ts'

/** `POST /v1/chat/completions` as OpenAI speaks it, and Groq, the Vercel AI Gateway and Google's compatible endpoint with it. */
export const openaiChat: Dialect = {
  name: 'openai-chat',
  parse,
  prepareBody,
  toCallOptions,
  createTap: createUsageTap,
  createRenderer,
  renderError,
  renderStreamError,
  parseUpstreamError,
}
