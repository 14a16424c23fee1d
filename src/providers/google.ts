import type { ProviderDescription } from './provider.ts'

const load = () => import('@ai-sdk/google')

/**
 * OpenAI's dialect by its compatible endpoint (https://ai.google.dev/gemini-api/docs/openai), its own through the AI SDK. The key goes
 * into a header, never into the URL: https://ai.google.dev/gemini-api/docs/api-key
 */
export const google: ProviderDescription = {
  name: 'google',
  displayName: 'Google',
  keyPrefix: 'AIza',
  dialects: ['openai-chat'],
  // Its compatible endpoint takes pictures as well, but tells no usage of them, and they are billed by tokens.
  kinds: { embeddings: '/openai/embeddings' },
  drawsInChat: () => true,
  requestIdHeaders: ['x-request-id', 'x-goog-request-id'],
  modelNameOf: (target) => target.modelName,
  passthrough: ({ baseUrl, key }) => ({ url: new URL(`${baseUrl}/openai/chat/completions`), headers: { authorization: `Bearer ${key}` } }),
  probe: ({ baseUrl, key }) => ({ url: new URL(`${baseUrl}/models`), headers: { 'x-goog-api-key': key } }),
  edit: () => ({ limitField: 'max_tokens', asksStreamUsage: true, extra: undefined }),
  load,
  languageModel: async ({ baseUrl, key, modelName, fetch }) => {
    const { createGoogle } = await load()
    return createGoogle({ baseURL: baseUrl, apiKey: key, fetch })(modelName)
  },
  providerOptions: () => undefined,
}
