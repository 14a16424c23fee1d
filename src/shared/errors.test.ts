import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { errorCodes, InvariantError, toGatewayError, UpstreamRejectedError } from './errors.ts'

describe.each([
  { page: 'docs/errors.md', yes: 'yes', no: 'no', parts: ['Seen', 'Why', 'Do'] },
  { page: 'docs/pt-BR/errors.md', yes: 'sim', no: 'não', parts: ['Sinal', 'Por quê', 'O que fazer'] },
])('$page', ({ page, yes, no, parts }) => {
  const text = readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8')

  test('says of each code what the registry says', () => {
    const rows = [...text.matchAll(/^\| `(\w+)` \| (\d+) \| (\S+) \| (\S+) \| (.+) \|$/gm)]
    const flag = (word = '') => ({ [yes]: true, [no]: false })[word]
    const documented = rows.map(([, code = '', status, retry, next]) => [
      code,
      { httpStatus: Number(status), retryable: flag(retry), fallback: flag(next) },
    ])
    expect(Object.fromEntries(documented)).toEqual(errorCodes)
  })

  test('has an entry for each code: what one sees, why, what to do', () => {
    const entries = new Map(text.split(/^## /m).map((entry) => [entry.slice(0, entry.indexOf('\n')), entry]))
    const lacking = Object.keys(errorCodes).filter((code) => parts.some((part) => !entries.get(code)?.includes(`- **${part}:** `)))
    expect(lacking).toEqual([])
  })
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
