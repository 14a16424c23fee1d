import { createOpenAI } from '@ai-sdk/openai'
import { openaiUsageReport } from './openai-usage-report.ts'
import type { ProviderDescription } from './provider.ts'

/** https://platform.openai.com/docs/api-reference/chat */
export const openai: ProviderDescription = {
  name: 'openai',
  displayName: 'OpenAI',
  keyPrefix: 'sk-',
  dialects: ['openai-chat'],
  requestIdHeaders: ['x-request-id'],
  modelNameOf: (target) => target.modelName,
  passthrough: ({ baseUrl, key }) => ({ url: new URL(`${baseUrl}/chat/completions`), headers: { authorization: `Bearer ${key}` } }),
  probe: ({ baseUrl, key }) => ({ url: new URL(`${baseUrl}/models`), headers: { authorization: `Bearer ${key}` } }),
  edit: (target) => ({
    limitField: takesMaxTokens(target.modelName) ? 'max_tokens' : 'max_completion_tokens',
    asksStreamUsage: true,
    extra: undefined,
  }),
  languageModel: ({ baseUrl, key, modelName, fetch }) => createOpenAI({ baseURL: baseUrl, apiKey: key, fetch }).chat(modelName),
  providerOptions: () => undefined,
  usageReport: openaiUsageReport,
}

/**
 * `max_tokens` is deprecated and refused by every reasoning model, so only the generations that came before it get it: they also take
 * the new name at OpenAI, but servers that imitate OpenAI often know the old one only.
 * https://platform.openai.com/docs/api-reference/chat/create#chat_create-max_tokens
 */
function takesMaxTokens(modelName: string): boolean {
  return /^(?:ft:)?(?:chat)?gpt-(?:3|4)/.test(modelName)
}
