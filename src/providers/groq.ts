import type { ProviderDescription } from './provider.ts'

const load = () => import('@ai-sdk/groq')

/** OpenAI's dialect under `/openai/v1`: https://console.groq.com/docs/openai */
export const groq: ProviderDescription = {
  name: 'groq',
  displayName: 'Groq',
  keyPrefix: 'gsk_',
  dialects: ['openai-chat'],
  // https://console.groq.com/docs/speech-to-text and …/text-to-speech
  kinds: { transcriptions: '/audio/transcriptions', translations: '/audio/translations', speech: '/audio/speech' },
  requestIdHeaders: ['x-request-id'],
  modelNameOf: (target) => target.modelName,
  passthrough: ({ baseUrl, key }) => ({ url: new URL(`${baseUrl}/chat/completions`), headers: { authorization: `Bearer ${key}` } }),
  probe: ({ baseUrl, key }) => ({ url: new URL(`${baseUrl}/models`), headers: { authorization: `Bearer ${key}` } }),
  edit: () => ({ limitField: 'max_tokens', asksStreamUsage: true, extra: undefined }),
  load,
  languageModel: async ({ baseUrl, key, modelName, fetch }) => {
    const { createGroq } = await load()
    return createGroq({ baseURL: baseUrl, apiKey: key, fetch })(modelName)
  },
  providerOptions: () => undefined,
}
