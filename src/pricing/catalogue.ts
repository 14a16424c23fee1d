import type { ApiType } from './model.ts'
import type { CapabilityColumns } from './model-row.ts'

/**
 * What the pricing library does not say about models, reviewed by hand. Prices come from the library; here are kinds, limits,
 * capabilities, names and the few prices it lacks. Read in November 2026 at:
 *   https://developers.openai.com/api/docs/models · https://developers.openai.com/api/docs/pricing
 *   https://console.groq.com/docs/models · https://platform.claude.com/docs/en/about-claude/models/overview
 *   https://ai.google.dev/gemini-api/docs/models · https://vercel.com/ai-gateway/models
 */
export interface CatalogueRule {
  provider: string
  /** Matched against the library's model id; later rules override earlier ones, field by field. */
  models: RegExp
  /** The name that the provider itself knows, where it is not the library's id. */
  modelName?: string
  apiType?: ApiType
  /** Default: the provider. */
  creator?: string
  contextWindow?: number
  maxOutputTokens?: number
  capabilities?: CapabilityColumns
  /** Its name at the Vercel AI Gateway, as a replacement for what `models` matched; null: not offered there. */
  vercel?: string | null
  minimumAudioSeconds?: number
  /** Dated names that the library does not list. */
  aliases?: readonly string[]
}

/** Names that the library lists under another model of the same price, and that are models of their own. */
export interface CatalogueSplit {
  provider: string
  names: RegExp
}

/** A model of the library that is left out, and why. Calling it is refused as `unknown_model`. */
export interface CatalogueExclusion {
  provider: string
  models: RegExp
  reason: string
}

/** A model that the library lacks, priced by the unit. Prices are decimal strings in US dollars. */
export interface CatalogueModel {
  provider: string
  modelName: string
  apiType: ApiType
  pricePerCharacter?: string
  pricePerImage?: string
  /** False for a model that has been shut down: it stays to explain old rows. */
  isActive: boolean
  reference: string
}

const seeing: CapabilityColumns = { input: ['text', 'image'], tools: true, structured_output: true }
const reading: CapabilityColumns = { input: ['text'], tools: true, structured_output: true }
const sensing: CapabilityColumns = { input: ['text', 'image', 'audio', 'video'], tools: true, structured_output: true }
const hearing: CapabilityColumns = { input: ['audio'] }
const writing: CapabilityColumns = { input: ['text'] }

export const catalogueRules: readonly CatalogueRule[] = [
  { provider: 'openai', models: /^.*$/, apiType: 'chat', capabilities: seeing, vercel: 'openai/$&' },
  { provider: 'openai', models: /^gpt-3\.5-turbo$/, maxOutputTokens: 4096, capabilities: { input: ['text'], tools: true }, vercel: null },
  { provider: 'openai', models: /^gpt-4$/, maxOutputTokens: 8192, capabilities: { input: ['text'], tools: true }, vercel: null },
  {
    provider: 'openai',
    models: /^gpt-4-turbo$/,
    maxOutputTokens: 4096,
    capabilities: { input: ['text', 'image'], tools: true },
    vercel: null,
  },
  { provider: 'openai', models: /^gpt-4o/, maxOutputTokens: 16_384 },
  { provider: 'openai', models: /^gpt-4o-2024-05-13$/, maxOutputTokens: 4096, vercel: null },
  { provider: 'openai', models: /^gpt-4\.1/, contextWindow: 1_047_576, maxOutputTokens: 32_768 },
  { provider: 'openai', models: /^gpt-[5-9]/, maxOutputTokens: 128_000, capabilities: { ...seeing, reasoning: true } },
  { provider: 'openai', models: /^gpt-5\.1$/, vercel: 'openai/gpt-5.1-thinking' },
  {
    provider: 'openai',
    models: /^gpt-5.*-chat-latest$/,
    contextWindow: 128_000,
    maxOutputTokens: 16_384,
    capabilities: seeing,
    vercel: null,
  },
  { provider: 'openai', models: /^gpt-5-pro$/, maxOutputTokens: 272_000 },
  {
    provider: 'openai',
    models: /^gpt-5.*-(pro|codex|codex-mini|codex-max)$/,
    capabilities: { ...seeing, reasoning: true, responses_only: true },
  },
  { provider: 'openai', models: /^gpt-5\.5-codex$/, vercel: null },
  { provider: 'openai', models: /^o\d/, maxOutputTokens: 100_000, capabilities: { ...seeing, reasoning: true } },
  { provider: 'openai', models: /^o3-mini$/, capabilities: { ...reading, reasoning: true } },
  { provider: 'openai', models: /^o\d-pro$/, capabilities: { ...seeing, reasoning: true, responses_only: true } },
  { provider: 'openai', models: /^o1-pro$/, vercel: null },
  { provider: 'openai', models: /^text-embedding-/, apiType: 'embeddings', capabilities: writing },
  { provider: 'openai', models: /^(whisper-1|.*-transcribe)$/, apiType: 'transcription', capabilities: hearing, vercel: null },
  { provider: 'openai', models: /-tts$/, apiType: 'speech', capabilities: writing, vercel: null },
  { provider: 'openai', models: /^gpt-image-/, apiType: 'image', capabilities: { input: ['text', 'image'] }, vercel: null },

  { provider: 'groq', models: /^(?!whisper-)/, apiType: 'chat', contextWindow: 131_072, capabilities: reading },
  { provider: 'groq', models: /^(meta-llama\/)?llama-/, creator: 'meta' },
  { provider: 'groq', models: /^openai\//, creator: 'openai' },
  { provider: 'groq', models: /^moonshotai\//, creator: 'moonshotai' },
  { provider: 'groq', models: /^qwen\//, creator: 'alibaba' },
  { provider: 'groq', models: /^llama-3\.3-70b-versatile$/, maxOutputTokens: 32_768, vercel: 'meta/llama-3.3-70b' },
  { provider: 'groq', models: /^llama-3\.1-8b-instant$/, maxOutputTokens: 131_072, vercel: 'meta/llama-3.1-8b' },
  { provider: 'groq', models: /^meta-llama\/llama-(4-\w+)-.*$/, maxOutputTokens: 8192, capabilities: seeing, vercel: 'meta/llama-$1' },
  { provider: 'groq', models: /^meta-llama\/llama-guard/, maxOutputTokens: 1024, capabilities: { input: ['text', 'image'] } },
  { provider: 'groq', models: /^moonshotai\/kimi-k2-instruct/, maxOutputTokens: 16_384 },
  { provider: 'groq', models: /^moonshotai\/kimi-k2-instruct$/, vercel: 'moonshotai/kimi-k2' },
  { provider: 'groq', models: /^openai\/gpt-oss-/, maxOutputTokens: 65_536, capabilities: { ...reading, reasoning: true } },
  { provider: 'groq', models: /^openai\/gpt-oss-(120b|20b)$/, vercel: '$&' },
  {
    provider: 'groq',
    models: /^qwen\/qwen3-32b$/,
    maxOutputTokens: 40_960,
    capabilities: { ...reading, reasoning: true },
    vercel: 'alibaba/qwen-3-32b',
  },
  { provider: 'groq', models: /^whisper-/, apiType: 'transcription', creator: 'openai', capabilities: hearing, minimumAudioSeconds: 10 },

  { provider: 'anthropic', models: /^.*$/, apiType: 'chat', capabilities: seeing },
  { provider: 'anthropic', models: /^claude-3-haiku$/, modelName: 'claude-3-haiku-20240307', maxOutputTokens: 4096 },
  { provider: 'anthropic', models: /^claude-3-5-sonnet$/, modelName: 'claude-3-5-sonnet-20241022', maxOutputTokens: 8192 },
  { provider: 'anthropic', models: /^claude-3-opus-/, maxOutputTokens: 4096, aliases: ['claude-3-opus-20240229'] },
  { provider: 'anthropic', models: /^claude-3-5-haiku-/, maxOutputTokens: 8192, aliases: ['claude-3-5-haiku-20241022'] },
  { provider: 'anthropic', models: /^claude-3-7-sonnet-/, maxOutputTokens: 64_000, aliases: ['claude-3-7-sonnet-20250219'] },
  { provider: 'anthropic', models: /^claude-opus-4-[01]$/, maxOutputTokens: 32_000 },
  { provider: 'anthropic', models: /^claude-opus-4-1$/, aliases: ['claude-opus-4-1-20250805'] },
  { provider: 'anthropic', models: /^claude-sonnet-4-0$/, maxOutputTokens: 64_000, aliases: ['claude-sonnet-4-20250514'] },
  { provider: 'anthropic', models: /^claude-(\w+)-(4)-([5-9])$/, maxOutputTokens: 64_000, vercel: 'anthropic/claude-$1-$2.$3' },
  { provider: 'anthropic', models: /^claude-opus-4-[6-9]$/, maxOutputTokens: 128_000 },
  { provider: 'anthropic', models: /^claude-haiku-4-5$/, aliases: ['claude-haiku-4-5-20251001'] },
  { provider: 'anthropic', models: /^claude-sonnet-4-5$/, aliases: ['claude-sonnet-4-5-20250929'] },
  { provider: 'anthropic', models: /^claude-opus-4-5$/, aliases: ['claude-opus-4-5-20251101'] },
  {
    provider: 'anthropic',
    models: /^claude-(?:fable|opus|sonnet)-5(?:-\d)?$/,
    maxOutputTokens: 128_000,
    capabilities: { ...seeing, reasoning: true },
    vercel: 'anthropic/$&',
  },
  { provider: 'anthropic', models: /^claude-(\w+)-5-(\d)$/, vercel: 'anthropic/claude-$1-5.$2' },

  { provider: 'google', models: /^.*$/, apiType: 'chat', contextWindow: 1_048_576, maxOutputTokens: 65_536, vercel: 'google/$&' },
  { provider: 'google', models: /^gemini-/, capabilities: { ...sensing, reasoning: true } },
  { provider: 'google', models: /^gemini-2\.5-flash-lite$/, capabilities: sensing },
  { provider: 'google', models: /^gemini-2\.0-/, maxOutputTokens: 8192, capabilities: sensing, vercel: null },
  { provider: 'google', models: /^gemini-3-pro-preview$/, vercel: null },
  { provider: 'google', models: /^gemini-3-flash-preview$/, vercel: 'google/gemini-3-flash' },
  {
    provider: 'google',
    models: /^(gemini-.*-image)(?:-preview)?$/,
    apiType: 'image',
    capabilities: { input: ['text', 'image'] },
    vercel: 'google/$1',
  },
  {
    provider: 'google',
    models: /-tts$/,
    apiType: 'speech',
    contextWindow: 8192,
    maxOutputTokens: 16_384,
    capabilities: writing,
    vercel: null,
  },
  { provider: 'google', models: /^gemini-embedding-/, apiType: 'embeddings', contextWindow: 8192, capabilities: writing },
  { provider: 'google', models: /^gemini-embedding-001$/, contextWindow: 2048 },
]

export const catalogueSplits: readonly CatalogueSplit[] = [
  { provider: 'openai', names: /^gpt-5(\.\d)?-(codex|codex-max|chat-latest)$/ },
  { provider: 'groq', names: /^moonshotai\/kimi-k2-instruct-0905$/ },
]

export const catalogueExclusions: readonly CatalogueExclusion[] = [
  {
    provider: 'openai',
    models: /^(ada|babbage|curie|davinci|text-davinci-.*|gpt-3\.5-(0301|turbo-.*)|gpt-4-(32k|vision-preview))$/,
    reason: 'shut down',
  },
  { provider: 'openai', models: /^(gpt-4\.5-preview|chatgpt-4o-latest|codex-mini|o1-mini|o1-preview)$/, reason: 'shut down' },
  { provider: 'openai', models: /^ft:|\.ft-$/, reason: 'fine-tuned models have names and prices of their own: the operator adds them' },
  {
    provider: 'openai',
    models: /-(realtime|audio)(-|$)/,
    reason: 'audio tokens cost many times what text tokens cost, and usage does not tell them apart',
  },
  { provider: 'openai', models: /search|deep-research|computer-use/, reason: 'billed for tool calls beside tokens' },
  { provider: 'openai', models: /^gpt-5\.3$/, reason: 'a name of another seller for gpt-5.3-chat-latest, which is here' },
  { provider: 'openai', models: /^gpt-oss-/, reason: 'open weights that OpenAI does not serve' },
  {
    provider: 'openai',
    models: /^(gpt-4o:extended|gpt-5.*-image.*|gpt-chat-latest)$/,
    reason: 'imported from another seller, not on the price list',
  },
  { provider: 'openai', models: /^moderation$/, reason: 'free, and no kind of call that is metered' },
  {
    provider: 'groq',
    models: /^(gemma|llama2|llama3-|llama-3\.1-(70b|405b)|llama-3\.2|llama-3\.3-70b-specdec|llama-guard-3|mixtral|mistral|deepseek)/,
    reason: 'shut down',
  },
  { provider: 'anthropic', models: /^claude-(2|v1|3-sonnet)$/, reason: 'shut down' },
  { provider: 'google', models: /^claude-/, reason: 'sold on Vertex AI, which is not the API that is called here' },
  { provider: 'google', models: /-maas$|^gemma/, reason: 'free of charge or sold on Vertex AI' },
  { provider: 'google', models: /^gemini-(1\.|flash-1\.5|pro-1\.5|pro$|2\.5-flash-preview$)/, reason: 'shut down' },
  {
    provider: 'google',
    models: /-live-|^gemini-live-|omni/,
    reason: 'audio and video tokens cost more than text tokens, and usage does not tell them apart',
  },
]

/** Names that cost something else than the model they are listed under, or that no provider knows. */
export const aliasExclusions: readonly RegExp[] = [
  /search/,
  /^openai\/gpt-oss-safeguard/,
  /^gpt-5-\d(-|$)/,
  /^gpt-5.*-chat$/,
  /-2025$/,
  /:/,
]

export const catalogueModels: readonly CatalogueModel[] = [
  {
    provider: 'openai',
    modelName: 'tts-1',
    apiType: 'speech',
    pricePerCharacter: '0.000015',
    isActive: true,
    reference: 'https://developers.openai.com/api/docs/models/tts-1',
  },
  {
    provider: 'openai',
    modelName: 'tts-1-hd',
    apiType: 'speech',
    pricePerCharacter: '0.00003',
    isActive: true,
    reference: 'https://developers.openai.com/api/docs/models/tts-1-hd',
  },
  {
    // The dearest of its sizes and qualities (1792×1024, hd); shut down on 2026-05-12.
    provider: 'openai',
    modelName: 'dall-e-3',
    apiType: 'image',
    pricePerImage: '0.12',
    isActive: false,
    reference: 'https://developers.openai.com/api/docs/models/dall-e-3',
  },
  {
    // The dearest of its sizes (1024×1024); shut down on 2026-05-12.
    provider: 'openai',
    modelName: 'dall-e-2',
    apiType: 'image',
    pricePerImage: '0.02',
    isActive: false,
    reference: 'https://developers.openai.com/api/docs/models/dall-e-2',
  },
]
