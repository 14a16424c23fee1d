import { smallestThinkingBudget } from '../dialects/index.ts'
import { anthropicUsageReport } from './anthropic-usage-report.ts'
import type { ProviderDescription } from './provider.ts'

/** https://docs.anthropic.com/en/api/versioning: one dated version, sent with every request. */
const version = { 'anthropic-version': '2023-06-01' }

const load = () => import('@ai-sdk/anthropic')

/** Speaks its own dialect only; callers of others reach it through the AI SDK. https://docs.anthropic.com/en/api/messages */
export const anthropic: ProviderDescription = {
  name: 'anthropic',
  displayName: 'Anthropic',
  keyPrefix: 'sk-ant-',
  dialects: ['anthropic-messages'],
  requestIdHeaders: ['request-id'],
  modelNameOf: (target) => target.modelName,
  passthrough: ({ baseUrl, key }) => ({ url: new URL(`${baseUrl}/messages`), headers: { 'x-api-key': key, ...version } }),
  // Free, with limits a minute of its own: https://platform.claude.com/docs/en/build-with-claude/token-counting
  countTokens: ({ baseUrl, key }) => ({ url: new URL(`${baseUrl}/messages/count_tokens`), headers: { 'x-api-key': key, ...version } }),
  probe: ({ baseUrl, key }) => ({ url: new URL(`${baseUrl}/models`), headers: { 'x-api-key': key, ...version } }),
  edit: () => ({ limitField: 'max_tokens', asksStreamUsage: false, extra: undefined }),
  load,
  languageModel: async ({ baseUrl, key, modelName, maxOutputTokens, fetch }) => {
    const { createAnthropic } = await load()
    return createAnthropic({
      baseURL: baseUrl,
      apiKey: key,
      fetch: maxOutputTokens === undefined ? fetch : (url, init) => fetch(url, withCappedOutput(init, maxOutputTokens)),
    })(modelName)
  },
  providerOptions: () => undefined,
  usageReport: anthropicUsageReport,
}

/**
 * The AI SDK adds the thinking budget to `max_tokens`, because thinking counts as output. The hold was made for `maxOutputTokens` in
 * all, so what is sent is brought back to that; where not even the smallest budget fits, the model answers without thinking.
 */
function withCappedOutput(init: RequestInit | undefined, maxOutputTokens: number): RequestInit | undefined {
  if (typeof init?.body !== 'string') return init
  const body: Record<string, unknown> = JSON.parse(init.body)
  if (typeof body.max_tokens !== 'number' || body.max_tokens <= maxOutputTokens) return init
  body.max_tokens = maxOutputTokens
  const thinking = body.thinking
  if (typeof thinking === 'object' && thinking !== null && 'budget_tokens' in thinking && typeof thinking.budget_tokens === 'number') {
    if (maxOutputTokens > smallestThinkingBudget) thinking.budget_tokens = Math.min(thinking.budget_tokens, maxOutputTokens - 1)
    else body.thinking = { type: 'disabled' }
  }
  return { ...init, body: JSON.stringify(body) }
}
