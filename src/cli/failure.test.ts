import { expect, test } from 'vitest'
import { ConfigurationError, InvalidRequestError, LedgerUnavailableError } from '../shared/errors.ts'
import { describeFailure } from './failure.ts'

test('a failure names the page that says what to do, on one line, unless its message says it all', () => {
  expect(describeFailure(new LedgerUnavailableError('The ledger\n  is away.'))).toBe(
    'The ledger is away. (docs/errors.md#ledger_unavailable)',
  )
  expect(describeFailure(new InvalidRequestError('not_found', 'There is no client "x"'))).toBe('There is no client "x"')
  expect(describeFailure(new ConfigurationError('config_invalid', 'PORT is no number'))).toBe('PORT is no number')
})
