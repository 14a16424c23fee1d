import { expect, test } from 'vitest'
import { BudgetExceededError, InvalidRequestError } from '../shared/errors.ts'
import { localizeError } from './localize-error.ts'

const refused = (raised_until: string | null) =>
  new BudgetExceededError('budget_exceeded', 'The budget does not cover this call.', {
    details: {
      budget: {
        id: 'b',
        type: 'tokens',
        period: 'daily',
        limit: 300,
        used: 300,
        reserved: 0,
        resets_at: '2026-05-06T03:00:00Z',
        time_zone: 'America/Sao_Paulo',
        raised_until,
      },
    },
  })

test('a refusal names the limit in force, and until when it is a raised one', () => {
  const usual = localizeError(refused(null), 'en')
  expect(usual.publicMessage).toContain('limit 300 tokens, used 300 tokens')
  expect(usual.details.budget).not.toHaveProperty('raised_until')
  const raised = localizeError(refused('2026-05-05T13:00:00Z'), 'en')
  expect(raised.publicMessage).toMatch(/limit 300 tokens \(raised until 5\/5\/26, 10:00.AM \(America\/Sao_Paulo\)\), used 300 tokens/)
  expect(raised.details.budget).toMatchObject({ limit: 300, raised_until: '2026-05-05T13:00:00Z' })
  expect(localizeError(refused('2026-05-05T13:00:00Z'), 'pt-BR').publicMessage).toContain(
    'limite 300 tokens (aumentado até 05/05/2026, 10:00 (America/Sao_Paulo))',
  )
})

test('an error leads to its page in the language of its message, also where that has no words of its own', () => {
  const unknown = new InvalidRequestError('unknown_model', 'The model "x" is not in the registry.')
  expect(localizeError(unknown, 'en').documentationPath).toBe('/docs/errors#unknown_model')
  const { documentationPath, publicMessage } = localizeError(unknown, 'pt-BR')
  expect([documentationPath, publicMessage]).toEqual(['/docs/pt-BR/errors#unknown_model', unknown.message])
  expect(localizeError(refused(null), 'pt-BR').documentationPath).toBe('/docs/pt-BR/errors#budget_exceeded')
})
