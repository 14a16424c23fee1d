import type { LanguageModelV4CallOptions } from '@ai-sdk/provider'
import { expect, test } from 'vitest'
import { lostSetting } from './lost-setting.ts'

type Options = Partial<LanguageModelV4CallOptions>
const paramOf = (options: Options, sent: object, dialect: Parameters<typeof lostSetting>[0] = 'openai-chat') =>
  lostSetting(dialect, { prompt: [], ...options }, JSON.stringify(sent))?.details.param

test.each<[Options, object]>([
  [
    { temperature: 0.5, topP: 0.9, topK: 4, seed: 0 },
    { temperature: 0.5, top_p: 0.9, top_k: 4, seed: 0 },
  ],
  [{ temperature: 0, topP: 0.9, topK: 4, seed: 7 }, { generationConfig: { temperature: 0, topP: 0.9, topK: 4, seed: 7 } }],
  [
    { topK: 4, stopSequences: ['a'] },
    { inferenceConfig: { stopSequences: ['a'] }, additionalModelRequestFields: { top_k: 4 } },
  ],
  [
    { topP: 0.9, topK: 4, seed: 7 },
    { p: 0.9, k: 4, random_seed: 7 },
  ],
  [{ temperature: 1, topP: 1, presencePenalty: 0, frequencyPenalty: 0, stopSequences: [] }, {}],
  [{ responseFormat: { type: 'json', schema: {} } }, { tools: [{ name: 'json' }] }],
  [{ responseFormat: { type: 'json' } }, { text: { format: { type: 'json_object' } } }],
  [{ responseFormat: { type: 'text' } }, {}],
])('nothing of %j is lost in %j', (options, sent) => {
  expect(paramOf(options, sent)).toBeUndefined()
})

test.each<[string, Options, object]>([
  ['seed', { seed: 7 }, { max_tokens: 7, temperature: 7 }],
  ['temperature', { temperature: 1.5 }, { temperature: 1 }],
  ['top_k', { topK: 4 }, { messages: [{ top_k: 4 }] }],
  ['presence_penalty', { presencePenalty: 0.5 }, { frequency_penalty: 0.5 }],
  ['stop', { stopSequences: ['a'] }, { stop: null }],
  ['response_format', { responseFormat: { type: 'json' } }, { model: 'a' }],
])('%s of %j is lost in %j', (param, options, sent) => {
  expect(paramOf(options, sent)).toBe(param)
})

test('the field is named as the caller’s dialect has it', () => {
  expect(paramOf({ stopSequences: ['a'] }, {}, 'anthropic-messages')).toBe('stop_sequences')
  expect(paramOf({ responseFormat: { type: 'json' } }, {}, 'openai-responses')).toBe('text.format')
})
