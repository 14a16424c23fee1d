import type { DialectName } from '../dialects/index.ts'
import { fitThinking } from './fit-thinking.ts'
import { unstored } from './openai.ts'
import type { Credentials, ProviderDescription, Target } from './provider.ts'

const load = () => import('@ai-sdk/gateway')

/**
 * The Vercel AI Gateway, with the shared `vck_` key. OpenAI's dialects under `/v1`
 * (https://vercel.com/docs/ai-gateway/sdks-and-apis/openai-chat-completions, https://vercel.com/docs/ai-gateway/sdks-and-apis/responses)
 * and Anthropic's (https://vercel.com/docs/ai-gateway/sdks-and-apis/anthropic-messages-api), the AI SDK's own protocol under `/v4/ai`.
 */
export const vercel: ProviderDescription = {
  name: 'vercel',
  displayName: 'Vercel AI Gateway',
  keyPrefix: 'vck_',
  dialects: ['openai-chat', 'openai-responses', 'anthropic-messages'],
  // https://vercel.com/docs/ai-gateway/sdks-and-apis/openai-chat-completions/embeddings
  kinds: { embeddings: '/v1/embeddings' },
  // https://vercel.com/docs/ai-gateway/capabilities/image-generation: Google's draw as language models.
  drawsInChat: (creator) => creator === 'google',
  requestIdHeaders: ['x-request-id', 'x-vercel-id'],
  modelNameOf,
  passthrough: ({ baseUrl, key, dialect }) => ({
    url: new URL(`${baseUrl}/v1/${paths[dialect]}`),
    headers: { authorization: `Bearer ${key}` },
  }),
  // Its list of models is public; the balance is the cheapest thing that asks for the key. https://vercel.com/docs/ai-gateway/usage
  probe: ({ baseUrl, key }) => ({ url: new URL(`${baseUrl}/v1/credits`), headers: { authorization: `Bearer ${key}` } }),
  edit(target, { body }, credentials, limit) {
    const fitted = limit === undefined ? undefined : fitThinking(body, modelNameOf(target) ?? '', limit)
    const { providerOptions = body.providerOptions, ...fields } = fitted?.fields ?? {}
    return {
      limitField: 'max_tokens',
      asksStreamUsage: true,
      ...(fitted && { maxOutputTokens: fitted.maxOutputTokens }),
      extra: {
        ...fields,
        providerOptions: { ...ownOptions(providerOptions), gateway: gatewayOptions(target, credentials) },
        // A caller's own `models` would be answered, and charged, by models that no budget was asked for.
        ...('models' in body ? { models: [modelNameOf(target)] } : {}),
      },
    }
  },
  load,
  languageModel: async ({ baseUrl, key, modelName, maxOutputTokens: limit, fetch }) => {
    const { createGateway } = await load()
    const fitting: typeof fetch = (url, init) => fetch(url, limit === undefined ? init : withFittedThinking(init, modelName, limit))
    return createGateway({ baseURL: `${baseUrl}/v4/ai`, apiKey: key, fetch: fitting })(modelName)
  },
  providerOptions: (target, credentials, { asked }) => ({
    gateway: gatewayOptions(target, credentials),
    // Behind the gateway OpenAI's models are asked by the Responses API.
    ...(target.creator === 'openai' ? { openai: unstored(asked) } : {}),
  }),
}

function withFittedThinking(init: RequestInit | undefined, modelName: string, limit: number): RequestInit | undefined {
  if (typeof init?.body !== 'string') return init
  const body: Record<string, unknown> = JSON.parse(init.body)
  const fitted = fitThinking(body, modelName, limit)
  return fitted ? { ...init, body: JSON.stringify({ ...body, ...fitted.fields, maxOutputTokens: fitted.maxOutputTokens }) } : init
}

const paths: Readonly<Record<DialectName, string>> = {
  'openai-chat': 'chat/completions',
  'openai-responses': 'responses',
  'anthropic-messages': 'messages',
}

/**
 * With our own key there is no mark-up (https://vercel.com/docs/ai-gateway/authentication-and-byok/byok). `only` keeps the call with the
 * provider whose price the hold was made with; `user` makes Vercel's reports agree with ours.
 */
function gatewayOptions(target: Target, credentials: Credentials) {
  const apiKey = credentials.providerKeys[target.creator]
  return {
    ...(apiKey === undefined ? {} : { byok: { [target.creator]: [{ apiKey }] } }),
    user: credentials.user,
    only: [target.creator],
  }
}

/** What the caller says to the model's provider passes; what it says to the gateway is replaced by what we say. */
function ownOptions(options: unknown): object {
  return typeof options === 'object' && options !== null && !Array.isArray(options) ? options : {}
}

/** Vercel names a model by who made it, Groq's own names say who serves it: https://vercel.com/ai-gateway/models */
const servedByGroq: ReadonlyMap<string, string> = new Map([
  ['llama-3.1-8b-instant', 'meta/llama-3.1-8b'],
  ['llama-3.3-70b-versatile', 'meta/llama-3.3-70b'],
  ['meta-llama/llama-4-maverick-17b-128e-instruct', 'meta/llama-4-maverick'],
  ['meta-llama/llama-4-scout-17b-16e-instruct', 'meta/llama-4-scout'],
  ['moonshotai/kimi-k2-instruct-0905', 'moonshotai/kimi-k2'],
  ['openai/gpt-oss-120b', 'openai/gpt-oss-120b'],
  ['openai/gpt-oss-20b', 'openai/gpt-oss-20b'],
  ['qwen/qwen3-32b', 'alibaba/qwen-3-32b'],
])

function modelNameOf({ creator, modelName }: Pick<Target, 'creator' | 'modelName'>): string | undefined {
  if (creator === 'groq') return servedByGroq.get(modelName)
  if (creator === 'anthropic') return `anthropic/${undated(modelName).replace(/-(\d+)-(\d+)(?=-|$)/, '-$1.$2')}`
  return `${creator}/${undated(modelName)}`
}

/** Vercel lists no dated names: `claude-sonnet-4-5-20250929`, `gpt-4o-mini-2024-07-18`. */
function undated(modelName: string): string {
  return modelName.replace(/-(?:\d{8}|\d{4}-\d{2}-\d{2}|latest)$/, '')
}
