import { kindPaths } from './kind-paths.ts'
import type { LanguageModelCall, ProviderDescription, UpstreamRequest } from './provider.ts'
import type { ProviderEntry } from './provider-entry.ts'

/**
 * Fields by which a server of this dialect lets a caller choose other models, other servers or paid tools: answered, and charged, by what
 * no budget was asked for. https://openrouter.ai/docs/features/model-routing, https://openrouter.ai/docs/features/provider-routing
 */
const routing = ['models', 'route', 'provider', 'plugins']
/** What the dialect has judged on the wire, and an application could still say in the AI SDK's options: a tier has another price. */
const unjudged = [...routing, 'service_tier']

const load = () => import('@ai-sdk/openai-compatible')

/** Any server that speaks OpenAI's chat completions, from the operator's entry: https://platform.openai.com/docs/api-reference/chat */
export function describeCompatible(entry: ProviderEntry): ProviderDescription {
  const request = (path: string, { baseUrl, key }: { baseUrl: string; key: string }): UpstreamRequest => {
    const url = new URL(`${baseUrl}${path}`)
    for (const [name, value] of Object.entries(entry.query)) url.searchParams.set(name, value)
    return { url, headers: headersOf(entry, key) }
  }
  return {
    name: entry.name,
    displayName: entry.displayName,
    baseUrl: entry.baseUrl,
    isKeyless: !entry.hasKey,
    keyPrefix: '',
    dialects: ['openai-chat'],
    kinds: Object.fromEntries(entry.kinds.map((kind) => [kind, kindPaths[kind]])),
    requestIdHeaders: ['x-request-id', 'request-id', 'apim-request-id'],
    modelNameOf: (target) => target.modelName,
    passthrough: (call) => request('/chat/completions', call),
    probe: (call) => request(entry.probePath, call),
    edit: () => ({
      limitField: entry.limitField,
      refusesOtherLimitField: true,
      asksStreamUsage: entry.supportsStreamUsage,
      extra: Object.fromEntries([...routing, ...(entry.supportsStreamUsage ? [] : ['stream_options'])].map((field) => [field, undefined])),
    }),
    load,
    languageModel: (call) => languageModel(entry, call),
    providerOptions: () => undefined,
  }
}

async function languageModel(entry: ProviderEntry, { baseUrl, key, modelName, maxOutputTokens, fetch }: LanguageModelCall) {
  const { createOpenAICompatible } = await load()
  return createOpenAICompatible({
    name: entry.name,
    baseURL: baseUrl,
    headers: headersOf(entry, key),
    queryParams: entry.query,
    includeUsage: entry.supportsStreamUsage,
    supportsStructuredOutputs: true,
    fetch,
    // The AI SDK writes whatever a caller has in its options for this provider over its own fields.
    transformRequestBody: ({ max_tokens: asked, max_completion_tokens: _other, n: _choices, ...body }) => ({
      ...Object.fromEntries(Object.entries(body).filter(([field]) => !unjudged.includes(field))),
      model: modelName,
      [entry.limitField]: maxOutputTokens ?? asked,
    }),
  }).chatModel(modelName)
}

function headersOf({ headers, hasKey, auth }: ProviderEntry, key: string): Record<string, string> {
  if (!hasKey) return { ...headers }
  return { ...headers, ...(auth === 'bearer' ? { authorization: `Bearer ${key}` } : { 'api-key': key }) }
}
