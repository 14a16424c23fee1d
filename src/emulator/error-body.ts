import type { Refusal } from './ask.ts'

/** The error shapes on the wire; Google's OpenAI-compatible endpoint has its own, an array. */
export type ErrorShape = 'openai' | 'groq' | 'anthropic' | 'google' | 'google-openai' | 'vercel'

interface ErrorText {
  message: string
  type: string
  code?: string
}

/** A provider's own error body, with its own words where a refusal brings none. */
export function errorBody(shape: ErrorShape, refusal: Refusal, requestId: string): string {
  const { message, type, code } = { ...wordsFor(shape, refusal.status), ...given(refusal) }
  switch (shape) {
    case 'openai':
      return JSON.stringify({ error: { message, type, param: refusal.param ?? null, code: code ?? null } }, null, 2)
    case 'groq':
      return JSON.stringify({ error: { message, type, ...(code == null ? {} : { code }) } })
    case 'vercel':
      return JSON.stringify({ error: { message, type, ...(refusal.param == null ? {} : { param: { modelId: refusal.param } }) } })
    case 'anthropic':
      return JSON.stringify({ type: 'error', error: { type, message }, request_id: requestId })
    default: {
      const error = { code: refusal.status, message, status: type, ...(code == null ? {} : { details: [errorInfo(code)] }) }
      return JSON.stringify(shape === 'google' ? { error } : [{ error }], null, 2)
    }
  }
}

/** What replaces the key of a provider that this request was sent to, as that provider says it. */
export function keyRefusal(shape: ErrorShape, key: string): Refusal {
  if (key === '') return missingKey[shape]
  switch (shape) {
    case 'openai':
      return {
        status: 401,
        message: `Incorrect API key provided: ${masked(key)}. You can find your API key at https://platform.openai.com/account/api-keys.`,
        type: 'invalid_request_error',
        code: 'invalid_api_key',
      }
    case 'groq':
      return { status: 401, message: 'Invalid API Key', type: 'invalid_request_error', code: 'invalid_api_key' }
    case 'anthropic':
      return { status: 401, message: 'invalid x-api-key' }
    case 'vercel':
      return { status: 401, message: 'Invalid API key' }
    default:
      return { status: 401, message: 'API key not valid. Please pass a valid API key.', code: 'API_KEY_INVALID' }
  }
}

/** The same as the real provider sends it. Only Google differs: it answers 400, not 401, to a key it does not know. */
export function realKeyRefusal(shape: ErrorShape, key: string): Refusal {
  const refusal = keyRefusal(shape, key)
  return shape === 'google' || shape === 'google-openai' ? { ...refusal, status: 400, type: 'INVALID_ARGUMENT' } : refusal
}

const noGoogleKey: Refusal = {
  status: 401,
  message:
    "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
}

const missingKey: Record<ErrorShape, Refusal> = {
  openai: {
    status: 401,
    message:
      "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank username) if you're accessing the API from your browser and are prompted for a username and password. You can obtain an API key from https://platform.openai.com/account/api-keys.",
    type: 'invalid_request_error',
  },
  groq: { status: 401, message: 'Invalid API Key', type: 'invalid_request_error', code: 'invalid_api_key' },
  anthropic: { status: 401, message: 'x-api-key header is required' },
  vercel: { status: 401, message: 'Authentication failed' },
  google: noGoogleKey,
  'google-openai': noGoogleKey,
}

function given(refusal: Refusal): Partial<ErrorText> {
  return {
    ...(refusal.message === undefined ? {} : { message: refusal.message }),
    ...(refusal.type === undefined ? {} : { type: refusal.type }),
    ...(refusal.code == null ? {} : { code: refusal.code }),
  }
}

function masked(key: string): string {
  return key.length <= 12 ? '*'.repeat(key.length) : `${key.slice(0, 8)}${'*'.repeat(8)}${key.slice(-4)}`
}

function errorInfo(reason: string): object {
  return {
    '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
    reason,
    domain: 'googleapis.com',
    metadata: { service: 'generativelanguage.googleapis.com' },
  }
}

type Words = Record<number, ErrorText>

const openaiWords: Words = {
  400: { message: 'Invalid request.', type: 'invalid_request_error' },
  403: { message: 'Country, region, or territory not supported', type: 'request_forbidden', code: 'unsupported_country_region_territory' },
  404: { message: 'The requested resource was not found.', type: 'invalid_request_error' },
  413: { message: 'Request too large.', type: 'invalid_request_error' },
  429: {
    message: 'Rate limit reached on requests per min (RPM): Limit 500, Used 500, Requested 1.',
    type: 'requests',
    code: 'rate_limit_exceeded',
  },
  500: { message: 'The server had an error while processing your request. Sorry about that!', type: 'server_error' },
  503: { message: 'The engine is currently overloaded, please try again later', type: 'server_error' },
}

const groqWords: Words = {
  400: { message: 'Invalid request.', type: 'invalid_request_error' },
  404: { message: 'Not found', type: 'invalid_request_error' },
  413: { message: 'Request too large for this model', type: 'tokens', code: 'rate_limit_exceeded' },
  429: {
    message: 'Rate limit reached for this model on requests per minute (RPM): Limit 30, Used 30, Requested 1.',
    type: 'requests',
    code: 'rate_limit_exceeded',
  },
  500: { message: 'Internal Server Error', type: 'internal_server_error' },
  503: { message: 'Service Unavailable', type: 'internal_server_error' },
}

const anthropicWords: Words = {
  400: { message: 'Invalid request.', type: 'invalid_request_error' },
  401: { message: 'invalid x-api-key', type: 'authentication_error' },
  403: { message: 'Your API key does not have permission to use the specified resource.', type: 'permission_error' },
  404: { message: 'Not found', type: 'not_found_error' },
  413: { message: 'Request exceeds the maximum size', type: 'request_too_large' },
  429: { message: "This request would exceed your organization's rate limit.", type: 'rate_limit_error' },
  500: { message: 'Internal server error', type: 'api_error' },
  504: { message: 'Request timed out', type: 'timeout_error' },
  529: { message: 'Overloaded', type: 'overloaded_error' },
}

const googleWords: Words = {
  400: { message: 'Request contains an invalid argument.', type: 'INVALID_ARGUMENT' },
  401: { message: 'Request had invalid authentication credentials.', type: 'UNAUTHENTICATED' },
  403: { message: 'The caller does not have permission', type: 'PERMISSION_DENIED' },
  404: { message: 'Requested entity was not found.', type: 'NOT_FOUND' },
  429: { message: 'Resource has been exhausted (e.g. check quota).', type: 'RESOURCE_EXHAUSTED' },
  500: {
    message: 'An internal error has occurred. Please retry or report in https://developers.generativeai.google/guide/troubleshooting',
    type: 'INTERNAL',
  },
  503: { message: 'The model is overloaded. Please try again later.', type: 'UNAVAILABLE' },
  504: { message: 'The request timed out. Please try again.', type: 'DEADLINE_EXCEEDED' },
}

const vercelWords: Words = {
  400: { message: 'Invalid input', type: 'invalid_request_error' },
  401: { message: 'Authentication failed', type: 'authentication_error' },
  402: { message: 'Insufficient funds. Please add credits to your account to continue using AI services.', type: 'insufficient_funds' },
  403: { message: 'Forbidden', type: 'forbidden' },
  404: { message: 'Not found', type: 'not_found' },
  429: { message: 'Rate limit exceeded for model', type: 'rate_limit_exceeded' },
  500: { message: 'Internal Server Error', type: 'internal_server_error' },
}

const wordsByShape: Record<ErrorShape, Words> = {
  openai: openaiWords,
  groq: groqWords,
  anthropic: anthropicWords,
  google: googleWords,
  'google-openai': googleWords,
  vercel: vercelWords,
}

/** A status without words of its own is said as the nearest that has them. */
function wordsFor(shape: ErrorShape, status: number): ErrorText {
  const words = wordsByShape[shape]
  return words[status] ?? words[status >= 500 ? 500 : 400] ?? { message: 'Error', type: 'error' }
}
