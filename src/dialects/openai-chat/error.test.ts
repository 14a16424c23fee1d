import OpenAI from 'openai'
import { expect, test } from 'vitest'
import {
  AuthenticationError,
  BudgetExceededError,
  type GatewayError,
  InvalidRequestError,
  LedgerUnavailableError,
  PermissionError,
  RateLimitedError,
  UpstreamBrokenError,
} from '../../shared/errors.ts'
import { parseUpstreamError, renderError, renderStreamError } from './error.ts'

const callId = '019b0000-0000-7000-8000-000000000001'

async function raisedBySdk(status: number, body: Buffer | string) {
  const headers = { 'content-type': status === 200 ? 'text/event-stream' : 'application/json', 'x-request-id': callId }
  const fetch = async () => new Response(body, { status, headers })
  const client = new OpenAI({ apiKey: 'sk-test-none', fetch, maxRetries: 0 })
  try {
    for await (const _chunk of await client.chat.completions.create({ model: 'm', messages: [], stream: true }));
  } catch (error) {
    return error
  }
  throw new Error('nothing was raised')
}

test.each<[GatewayError, new (...args: never[]) => unknown, string]>([
  [new InvalidRequestError('invalid_body', 'm', { details: { param: 'n' } }), OpenAI.BadRequestError, 'invalid_request_error'],
  [new InvalidRequestError('unknown_model', 'm'), OpenAI.NotFoundError, 'not_found_error'],
  [new AuthenticationError('key_unknown', 'm'), OpenAI.AuthenticationError, 'authentication_error'],
  [new PermissionError('model_not_allowed', 'm'), OpenAI.PermissionDeniedError, 'permission_error'],
  [new BudgetExceededError('budget_exceeded', 'm'), OpenAI.APIError, 'insufficient_quota'],
  [new RateLimitedError('budget_busy', 'm'), OpenAI.RateLimitError, 'rate_limit_error'],
  [new LedgerUnavailableError('m'), OpenAI.InternalServerError, 'server_error'],
])('the official SDK raises its own class for %s', async (error, type, name) => {
  const raised = await raisedBySdk(error.httpStatus, renderError(error, callId))
  expect(raised).toBeInstanceOf(type)
  expect(raised).toMatchObject({ status: error.httpStatus, code: error.code, type: name, requestID: callId })
  expect(raised).toMatchObject({ param: error.details.param ?? null })
})

test('a refusal for the budget says which, for a program too', () => {
  const budget = { type: 'tokens', limit: 1000, used: 990, remaining: 10, resetsAt: '2026-11-23T00:00:00-03:00' }
  const body = JSON.parse(
    renderError(new BudgetExceededError('budget_exceeded', 'Orçamento esgotado', { details: { budget, asked: 50 } }), callId).toString(),
  )
  expect(body).toEqual({
    error: {
      message: 'Orçamento esgotado',
      type: 'insufficient_quota',
      param: null,
      code: 'budget_exceeded',
      call_id: callId,
      documentation_url: '/docs/errors#budget_exceeded',
      budget,
      details: { asked: 50 },
    },
  })
})

test('an error in the stream reaches the caller of the official SDK', async () => {
  const error = new UpstreamBrokenError('stream_cut', 'broke off')
  const raised = await raisedBySdk(200, `data: {"choices":[]}\n\n${renderStreamError(error, callId)}`)
  expect(raised).toBeInstanceOf(OpenAI.APIError)
  expect(raised).toMatchObject({ code: 'stream_cut', type: 'server_error' })
})

const upstream = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  parseUpstreamError(status, headers, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), 'OpenAI')

test.each([
  [400, 'upstream_invalid_request', 400],
  [404, 'upstream_invalid_request', 404],
  [413, 'upstream_invalid_request', 413],
  [422, 'upstream_invalid_request', 422],
  [401, 'upstream_auth', 502],
  [402, 'upstream_auth', 502],
  [403, 'upstream_auth', 502],
  [408, 'upstream_timeout', 504],
  [429, 'upstream_rate_limited', 429],
  [500, 'upstream_overloaded', 503],
  [503, 'upstream_overloaded', 503],
  [529, 'upstream_overloaded', 503],
])('status %i is %s, for the caller %i', (status, code, httpStatus) => {
  expect(upstream(status, { error: { message: 'no' } })).toMatchObject({ code, httpStatus })
})

test("a rejection passes the provider's words, parameter and code on, without keys", () => {
  const error = upstream(400, {
    error: {
      message: 'Unsupported: max_tokens (sk-proj-test0123456789)',
      type: 'invalid_request_error',
      param: 'max_tokens',
      code: 'unsupported_parameter',
    },
  })
  expect(error.message).toContain('Unsupported: max_tokens')
  expect(error.message).not.toContain('sk-proj')
  const body = JSON.parse(renderError(error, callId).toString())
  expect(body.error).toMatchObject({
    param: 'max_tokens',
    details: { upstreamStatus: 400, upstreamCode: 'unsupported_parameter', provider: 'OpenAI' },
  })
})

test('our own bad key is not told to the caller', () => {
  const error = upstream(401, { error: { message: 'Incorrect API key provided: sk-proj-********abcd' } })
  expect(error.message).not.toMatch(/sk-|abcd/)
  expect(error.message).toContain('OpenAI')
  const google = [{ error: { code: 400, message: 'API key not valid. Please pass a valid API key.', status: 'INVALID_ARGUMENT' } }]
  expect(upstream(400, google).code).toBe('upstream_auth')
})

test('how long to wait is kept', () => {
  expect(upstream(429, {}, { 'retry-after': '7' }).retryAfterMs).toBe(7000)
  expect(upstream(429, {}, { 'retry-after': '7', 'retry-after-ms': '1234' }).retryAfterMs).toBe(1234)
})

test('a call that is too large for the tokens a minute is a limit, not a wrong call', () => {
  expect(upstream(413, { error: { message: 'Request too large', type: 'tokens', code: 'rate_limit_exceeded' } }).code).toBe(
    'upstream_rate_limited',
  )
})

test.each([
  [''],
  ['<html>502</html>'],
  ['[]'],
  ['null'],
  ['{"error":null}'],
  ['{"error":"words"}'],
  ['{"detail":"words"}'],
  ['plain words'],
])('any body is read: %s', (body) => {
  const error = upstream(400, body)
  expect(error.code).toBe('upstream_invalid_request')
  expect(error.message.includes('words')).toBe(body.includes('words'))
  expect(error.message).not.toContain('<html>')
})
