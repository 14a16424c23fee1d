import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { errorCodes, InvariantError, toGatewayError, UpstreamRejectedError } from './errors.ts'

test('docs/errors.md says of each code what the registry says', () => {
  const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
  const rows = [...page.matchAll(/^\| `(\w+)` \| (\d+) \| (yes|no) \| (yes|no) \| (.+) \|$/gm)]
  const documented = rows.map(([, code = '', status, retry, next]) => [
    code,
    { httpStatus: Number(status), retryable: retry === 'yes', fallback: next === 'yes' },
  ])
  expect(Object.fromEntries(documented)).toEqual(errorCodes)
})

test('what was not foreseen shows its cause to nobody', () => {
  const error = toGatewayError(new Error('password authentication failed for sk-test-1'))
  expect(error).toBeInstanceOf(InvariantError)
  expect(error.publicMessage).not.toContain('sk-test-1')
  expect(error.cause).toBeInstanceOf(Error)
})

test('a case may differ from its code in whether the next target is tried', () => {
  const error = new UpstreamRejectedError('upstream_invalid_request', 'no such model', { fallback: true, httpStatus: 404 })
  expect([error.fallback, error.httpStatus, error.retryable]).toEqual([true, 404, false])
})
