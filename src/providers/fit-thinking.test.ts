import { createAnthropic } from '@ai-sdk/anthropic'
import type { LanguageModelV4CallOptions } from '@ai-sdk/provider'
import { expect, test } from 'vitest'
import { fitThinking } from './fit-thinking.ts'

type Asked = Partial<LanguageModelV4CallOptions>

const enabled = (budgetTokens?: number) => ({
  providerOptions: { anthropic: { thinking: { type: 'enabled', budgetTokens }, effort: 'low' } },
})

/** What Anthropic is sent by the AI SDK, which is what answers at Vercel. */
async function sentByAiSdk(
  model: string,
  call: Asked,
): Promise<{ max_tokens: number; thinking?: { type: string; budget_tokens?: number } }> {
  let sent = ''
  const anthropic = createAnthropic({
    apiKey: 'sk-test-1',
    async fetch(_url, init) {
      sent = String(init?.body)
      throw new Error('seen')
    },
  })
  const prompt: LanguageModelV4CallOptions['prompt'] = [{ role: 'user', content: [{ type: 'text', text: 'Oi' }] }]
  const asked = anthropic(model.replace('anthropic/', '').replace('.', '-')).doGenerate({ prompt, ...call } as LanguageModelV4CallOptions)
  await expect(asked).rejects.toThrow()
  return JSON.parse(sent)
}

test.each<[string, Asked, number]>([
  ['anthropic/claude-haiku-4.5', enabled(5000), 4000],
  ['anthropic/claude-haiku-4.5', enabled(5000), 20_000],
  ['anthropic/claude-haiku-4.5', enabled(5000), 800],
  ['anthropic/claude-haiku-4.5', enabled(), 2000],
  ['anthropic/claude-sonnet-4.6', enabled(50_000), 16_384],
  ['anthropic/claude-haiku-4.5', { reasoning: 'high' }, 4096],
  ['anthropic/claude-haiku-4.5', { reasoning: 'low' }, 500],
  ['anthropic/claude-sonnet-4', { reasoning: 'max' }, 8000],
  ['anthropic/claude-opus-4.1', { reasoning: 'minimal' }, 30_000],
  ['anthropic/claude-sonnet-4.6', { reasoning: 'high' }, 500],
  ['anthropic/claude-haiku-4.5', { reasoning: 'none' }, 500],
])('%s behind Vercel with %j says no more than a hold of its tokens covers', async (model, call, limit) => {
  const fitted = fitThinking(call as Record<string, unknown>, model, limit)
  const sent = await sentByAiSdk(model, { ...call, maxOutputTokens: fitted?.maxOutputTokens ?? limit, ...fitted?.fields })
  expect(sent.max_tokens).toBe(limit)
  // Also where the budget is not added: Anthropic refuses one that is not below the limit.
  const budget = sent.thinking?.budget_tokens
  if (budget !== undefined) expect([budget >= 1024, budget < (fitted?.maxOutputTokens ?? 0)]).toEqual([true, true])
})

test('a budget in the words of chat completions is fitted where it stands, and nothing else is touched', () => {
  const model = 'anthropic/claude-haiku-4.5'
  expect(fitThinking({ reasoning: { enabled: true, max_tokens: 2000 } }, model, 16_000)).toEqual({
    maxOutputTokens: 14_000,
    fields: { reasoning: { enabled: true, max_tokens: 2000 } },
  })
  expect(fitThinking({ reasoning: { max_tokens: 50_000 } }, model, 1000)).toEqual({
    maxOutputTokens: 1000,
    fields: { reasoning: { enabled: false } },
  })
  const byEffort = {
    maxOutputTokens: 2049,
    fields: { providerOptions: { anthropic: { thinking: { type: 'enabled', budgetTokens: 2047 } } } },
  }
  expect(fitThinking({ reasoning_effort: 'high' }, model, 4096)).toEqual(byEffort)
  expect(fitThinking({ reasoning: { effort: 'high' } }, model, 4096)).toEqual(byEffort)
  for (const body of [{}, { reasoning: { effort: 'none' } }, { reasoning: 'provider-default' }]) {
    expect(fitThinking(body, model, 4096)).toBeUndefined()
  }
  // Elsewhere thinking is part of the limit.
  expect(fitThinking({ reasoning: { max_tokens: 2000 } }, 'openai/gpt-5', 4096)).toBeUndefined()
})
