import { expect, it } from 'vitest'
import { toBody, toValues } from './alias.ts'

const alias = {
  alias: 'rapido',
  client: null,
  strategy: 'weighted' as const,
  targets: [
    { model: 'openai/gpt-4o-mini', via: 'direct' as const, weight: 3 },
    { model: 'groq/llama-3.3-70b-versatile', via: null, weight: null },
  ],
  fallbacks: [],
  hedge_after_ms: 800,
  downgrade: { model: 'groq/llama-3.1-8b-instant', threshold: 80 },
  timeouts: { connect_ms: null, first_byte_ms: 5_000, idle_ms: null, total_ms: null },
}

it('says an alias as it was, when nothing in the form was touched', () => {
  expect(toBody(toValues(alias))).toEqual({
    strategy: 'weighted',
    targets: [{ model: 'openai/gpt-4o-mini', via: 'direct', weight: 3 }, { model: 'groq/llama-3.3-70b-versatile' }],
    fallbacks: [],
    hedge_after_ms: 800,
    downgrade: { model: 'groq/llama-3.1-8b-instant', threshold: 80 },
    timeouts: { first_byte_ms: 5_000 },
  })
})

it('takes away what was emptied, and weights where they mean nothing', () => {
  const values = {
    ...toValues(alias),
    strategy: 'ordered' as const,
    chain: 'client' as const,
    hedge: ' ',
    downgradeModel: '',
    first_byte_ms: '',
  }
  expect(toBody(values)).toMatchObject({ fallbacks: null, hedge_after_ms: null, downgrade: null, timeouts: null })
  expect(toBody(values).targets).toEqual([{ model: 'openai/gpt-4o-mini', via: 'direct' }, { model: 'groq/llama-3.3-70b-versatile' }])
})
