import { kindPaths } from './kind-paths.ts'
import { openaiUsageReport } from './openai-usage-report.ts'
import type { ProviderDescription, ProviderOptions } from './provider.ts'

const load = () => import('@ai-sdk/openai')

/** https://platform.openai.com/docs/api-reference/chat and, for the models that only it serves, …/api-reference/responses */
export const openai: ProviderDescription = {
  name: 'openai',
  displayName: 'OpenAI',
  keyPrefix: 'sk-',
  dialects: ['openai-chat', 'openai-responses'],
  kinds: kindPaths,
  requestIdHeaders: ['x-request-id'],
  modelNameOf: (target) => target.modelName,
  passthrough: ({ baseUrl, key, dialect }) => ({
    url: new URL(`${baseUrl}${dialect === 'openai-responses' ? '/responses' : '/chat/completions'}`),
    headers: { authorization: `Bearer ${key}` },
  }),
  probe: ({ baseUrl, key }) => ({ url: new URL(`${baseUrl}/models`), headers: { authorization: `Bearer ${key}` } }),
  edit: (target) => ({
    limitField: takesMaxTokens(target.modelName) ? 'max_tokens' : 'max_completion_tokens',
    asksStreamUsage: true,
    extra: undefined,
  }),
  load,
  languageModel: async ({ baseUrl, key, modelName, responsesOnly, fetch }) => {
    const { createOpenAI } = await load()
    const models = createOpenAI({ baseURL: baseUrl, apiKey: key, fetch })
    return responsesOnly ? models.responses(modelName) : models.chat(modelName)
  },
  providerOptions: (_target, _credentials, { asked, responsesOnly }) =>
    responsesOnly ? { openai: { ...unsummed, ...unstored(asked) } } : undefined,
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

/** The AI SDK asks for a summary of the thinking wherever an effort is set, and OpenAI gives that to verified organizations only. */
const unsummed = { reasoningSummary: null }

/**
 * The Responses API keeps what it answers unless it is told not to, in an account that all clients share, and would go on from what is
 * kept there: a prompt of unknown length, perhaps another client's.
 */
export function unstored(asked: ProviderOptions): NonNullable<ProviderOptions>[string] {
  const { previousResponseId: _previous, conversation: _conversation, ...own } = asked?.openai ?? {}
  return { ...own, store: false }
}
