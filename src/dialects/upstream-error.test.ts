import { expect, test } from 'vitest'
import { refusedInAnswer, retryAfterMsFrom, upstreamError, withoutKeys } from './upstream-error.ts'

test.each([
  [400, 'bad', 'upstream_invalid_request', 400, false],
  [400, 'API key not valid. Please pass a valid API key.', 'upstream_auth', 502, true],
  [400, 'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing.', 'upstream_auth', 502, true],
  [400, 'You have reached your specified API usage limits. You will regain access on 2026-12-01.', 'upstream_auth', 502, true],
  [400, 'This organization has been disabled.', 'upstream_auth', 502, true],
  [400, 'Organization has been restricted. Please reach out to support.', 'upstream_auth', 502, true],
  [400, 'Billing hard limit has been reached', 'upstream_auth', 502, true],
  [400, 'User location is not supported for the API use.', 'upstream_auth', 502, true],
  [401, 'no', 'upstream_auth', 502, true],
  [402, 'Insufficient funds', 'upstream_auth', 502, true],
  [403, 'no', 'upstream_auth', 502, true],
  [404, 'no such model', 'upstream_invalid_request', 404, true],
  [408, '', 'upstream_timeout', 504, true],
  [413, 'too long', 'upstream_invalid_request', 413, false],
  [429, 'slow down', 'upstream_rate_limited', 429, true],
  [498, 'no capacity', 'upstream_overloaded', 503, true],
  [500, '', 'upstream_overloaded', 503, true],
  [504, '', 'upstream_timeout', 504, true],
  [529, 'overloaded', 'upstream_overloaded', 503, true],
])('status %i %j is %s', (status, message, code, httpStatus, fallback) => {
  const error = upstreamError(status, message, 1500, 'OpenAI')
  expect(error).toMatchObject({ code, httpStatus, fallback, details: { provider: 'OpenAI', upstreamStatus: status } })
  expect(error.publicMessage).toContain('OpenAI')
})

test('a verdict in place of an answer is about the call, or about our account', () => {
  expect(refusedInAnswer('Not this')).toMatchObject({ code: 'upstream_invalid_request', httpStatus: 400, fallback: true })
  const account = refusedInAnswer('Your credit balance is too low')
  expect(account).toMatchObject({ code: 'upstream_auth', fallback: true })
  expect(account.message).not.toContain('credit')
})

test('tells how long to wait, and what the provider said, on one line of bounded length', () => {
  const error = upstreamError(429, `slow\r\ndown ${'x'.repeat(2000)}`, 1500, 'Groq')
  expect(error.retryAfterMs).toBe(1500)
  expect(error.message).toMatch(/^Groq answered 429: slow down x{480,}…$/)
  expect(error.message.length).toBeLessThan(600)
  expect(upstreamError(503, '', undefined, 'Groq').message).toBe('Groq answered 503')
})

test.each([
  'Incorrect API key provided: sk-proj-****************abcd.',
  'key sk-test-0123456789abcdef is bad',
  'gsk_test_0123456789',
  'vck_test_0123456789',
  'ctk_test_0123456789',
  'AIzaTest0123456789',
  'header was Authorization: Bearer anything-at-all',
])('%s loses its key', (message) => {
  const clean = withoutKeys(message)
  expect(clean).toContain('[secret]')
  expect(clean).not.toMatch(/0123456789|abcd\b|anything-at-all/)
  expect(upstreamError(400, message, undefined, 'OpenAI').message).not.toMatch(/0123456789|abcd\b|anything-at-all/)
})

test.each([
  [{ 'retry-after-ms': '250', 'retry-after': '7' }, 250],
  [{ 'retry-after': '7' }, 7000],
  [{ 'retry-after': '0.5' }, 500],
  [{ 'retry-after': 'Sun, 22 Nov 2026 12:00:10 GMT' }, 10_000],
  [{ 'retry-after': 'Sun, 22 Nov 2026 11:00:00 GMT' }, 0],
  [{ 'retry-after': '99999999999' }, 86_400_000],
  [{ 'retry-after': '-5' }, 0],
  [{ 'retry-after': 'soon' }, undefined],
  [{ 'retry-after': '' }, undefined],
  [{}, undefined],
])('%j means %s ms', (headers, expected) => {
  expect(retryAfterMsFrom(headers, Date.parse('2026-11-22T12:00:00Z'))).toBe(expected)
})
