import { validateHeaderValue } from 'node:http'
import { expect, test } from 'vitest'
import type { Target } from '../providers/index.ts'
import { UpstreamBrokenError, UpstreamRejectedError, UpstreamUnavailableError } from '../shared/errors.ts'
import { explainFallback, explainWithoutKey } from './explain-fallback.ts'

const target: Target = { identifier: 'openai/gpt-4o-mini', creator: 'openai', modelName: 'gpt-4o-mini', via: 'direct' }

test('says code, target and status', () => {
  const error = new UpstreamUnavailableError('upstream_overloaded', 'OpenAI answered 503: busy, sk-test-0001')
  expect(explainFallback({ target, error, httpStatus: 503 })).toBe('upstream_overloaded: openai/gpt-4o-mini via direct answered 503')
})

test.each([
  [
    new UpstreamUnavailableError('upstream_timeout', 'x'),
    undefined,
    'upstream_timeout: openai/gpt-4o-mini via direct did not answer in time',
  ],
  [
    new UpstreamUnavailableError('upstream_unreachable', 'x'),
    undefined,
    'upstream_unreachable: openai/gpt-4o-mini via direct could not be reached',
  ],
  [new UpstreamBrokenError('stream_cut', 'x'), 200, 'stream_cut: openai/gpt-4o-mini via direct broke off its answer'],
  [
    new UpstreamBrokenError('malformed_response', 'x'),
    200,
    'malformed_response: openai/gpt-4o-mini via direct sent an answer that made no sense',
  ],
  [new UpstreamRejectedError('upstream_auth', 'x'), 401, 'upstream_auth: openai/gpt-4o-mini via direct answered 401'],
])('%s with status %s', (error, httpStatus, reason) => {
  expect(explainFallback({ target, error, httpStatus })).toBe(reason)
})

test('fits into a header whatever the model is called', () => {
  const odd = { ...target, identifier: `openai/ft:modelo-ção\r\nset-cookie: x=1 🎉${'x'.repeat(500)}` }
  const reason = explainFallback({ target: odd, error: new UpstreamUnavailableError('upstream_timeout', 'x'), httpStatus: undefined })
  expect(() => validateHeaderValue('x-catraca-fallback', reason)).not.toThrow()
  expect(reason).toMatch(/^[\x20-\x7e]{1,200}$/)
  expect(explainWithoutKey('groq/llama-3.3-70b-versatile')).toBe('gateway_without_keys: groq/llama-3.3-70b-versatile has no shared key')
})
