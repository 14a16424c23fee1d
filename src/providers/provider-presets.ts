import type { ProviderEntry } from './provider-entry.ts'

/** What is known of a provider beforehand, so that adding it takes a name and a key. */
export type ProviderPreset = Pick<ProviderEntry, 'displayName'> &
  Partial<Omit<ProviderEntry, 'name' | 'displayName' | 'hasKey'>> & {
    /** Where its keys and its API are described. */
    docs: string
    /** It needs no key. */
    isKeyless?: boolean
    /** What its own base URL looks like, where each account has another. */
    baseUrlExample?: string
    /** What the operator should know. */
    note?: string
  }

/** By name. A fact that changes is changed here, with its link. Where no kinds are named, chats and embeddings are all that is known to be there. */
export const providerPresets: Readonly<Record<string, ProviderPreset>> = {
  // Usage ends each stream by itself; unknown fields such as stream_options are refused with 422.
  mistral: {
    displayName: 'Mistral',
    baseUrl: 'https://api.mistral.ai/v1',
    supportsStreamUsage: false,
    kinds: ['embeddings', 'transcriptions', 'moderations'],
    docs: 'https://docs.mistral.ai/api',
  },
  deepseek: { displayName: 'DeepSeek', baseUrl: 'https://api.deepseek.com/v1', kinds: [], docs: 'https://api-docs.deepseek.com' },
  xai: {
    displayName: 'xAI',
    baseUrl: 'https://api.x.ai/v1',
    limitField: 'max_completion_tokens',
    kinds: ['images'],
    docs: 'https://docs.x.ai/docs/api-reference',
  },
  // Its list of models is public.
  openrouter: {
    displayName: 'OpenRouter',
    baseUrl: 'https://openrouter.ai/api/v1',
    probePath: '/key',
    docs: 'https://openrouter.ai/docs/api-reference/overview',
    note: 'What a caller says of models, provider, route and plugins is left out: the price is that of the model in the registry.',
  },
  together: {
    displayName: 'Together AI',
    baseUrl: 'https://api.together.xyz/v1',
    kinds: ['embeddings', 'transcriptions', 'translations', 'speech', 'images'],
    docs: 'https://docs.together.ai/docs/openai-api-compatibility',
  },
  fireworks: {
    displayName: 'Fireworks AI',
    baseUrl: 'https://api.fireworks.ai/inference/v1',
    docs: 'https://docs.fireworks.ai/tools-sdks/openai-compatibility',
  },
  cerebras: {
    displayName: 'Cerebras',
    baseUrl: 'https://api.cerebras.ai/v1',
    limitField: 'max_completion_tokens',
    kinds: [],
    docs: 'https://inference-docs.cerebras.ai/resources/openai',
  },
  perplexity: {
    displayName: 'Perplexity',
    baseUrl: 'https://api.perplexity.ai',
    kinds: [],
    docs: 'https://docs.perplexity.ai/api-reference/chat-completions-post',
    note: 'It also bills by request and search, which a price by token does not cover.',
  },
  nvidia: {
    displayName: 'NVIDIA NIM',
    baseUrl: 'https://integrate.api.nvidia.com/v1',
    docs: 'https://docs.api.nvidia.com/nim/reference/llm-apis',
  },
  deepinfra: {
    displayName: 'DeepInfra',
    baseUrl: 'https://api.deepinfra.com/v1/openai',
    kinds: ['embeddings', 'transcriptions', 'translations', 'speech', 'images'],
    docs: 'https://deepinfra.com/docs/openai_api',
  },
  // The model's name is the deployment's.
  azure: {
    displayName: 'Azure OpenAI',
    auth: 'api-key',
    limitField: 'max_completion_tokens',
    baseUrlExample: 'https://RESOURCE.openai.azure.com/openai/v1',
    kinds: ['embeddings', 'transcriptions', 'translations', 'speech', 'images', 'image-edits'],
    docs: 'https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle',
    note: 'The name of a model is that of its deployment.',
  },
  ollama: {
    displayName: 'Ollama',
    baseUrl: 'http://127.0.0.1:11434/v1',
    allowHttp: true,
    isKeyless: true,
    docs: 'https://docs.ollama.com/api/openai-compatibility',
  },
  vllm: {
    displayName: 'vLLM',
    baseUrl: 'http://127.0.0.1:8000/v1',
    allowHttp: true,
    isKeyless: true,
    kinds: ['embeddings', 'transcriptions', 'translations'],
    docs: 'https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html',
  },
  lmstudio: {
    displayName: 'LM Studio',
    baseUrl: 'http://127.0.0.1:1234/v1',
    allowHttp: true,
    isKeyless: true,
    docs: 'https://lmstudio.ai/docs/developer/openai-compat',
  },
  cohere: {
    displayName: 'Cohere',
    kind: 'ai-sdk',
    baseUrl: 'https://api.cohere.com/v2',
    package: '@ai-sdk/cohere',
    exportName: 'createCohere',
    docs: 'https://ai-sdk.dev/providers/ai-sdk-providers/cohere',
  },
  // With an API key of Bedrock (AWS_BEARER_TOKEN_BEDROCK).
  bedrock: {
    displayName: 'Amazon Bedrock',
    kind: 'ai-sdk',
    package: '@ai-sdk/amazon-bedrock',
    exportName: 'createAmazonBedrock',
    baseUrlExample: 'https://bedrock-runtime.us-east-1.amazonaws.com',
    docs: 'https://ai-sdk.dev/providers/ai-sdk-providers/amazon-bedrock',
    note: 'Name the region too: --option region=us-east-1.',
  },
  // With an API key (express mode).
  vertex: {
    displayName: 'Google Vertex AI',
    kind: 'ai-sdk',
    baseUrl: 'https://aiplatform.googleapis.com/v1/publishers/google',
    package: '@ai-sdk/google-vertex',
    exportName: 'createVertex',
    docs: 'https://ai-sdk.dev/providers/ai-sdk-providers/google-vertex',
  },
}
