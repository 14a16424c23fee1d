import type { ProviderId } from './provider-id.ts'

/** Families that exist; a name outside them gets the provider's own "no such model". */
const families: Record<Exclude<ProviderId, 'vercel' | 'ptax'>, RegExp> = {
  openai:
    /^(?:gpt-(?:3\.5|4|4o|4\.\d|5|5\.\d|6|6\.\d|audio|image|realtime)(?:-|$)|o[134](?:-|$)|chatgpt-|text-embedding-(?:3|ada)|whisper-1$|tts-1|dall-e-[23]$|omni-moderation|codex-)/,
  groq: /^(?:llama-?3|llama3|llama-guard|meta-llama\/|openai\/gpt-oss-|qwen|moonshotai\/kimi|gemma|deepseek-r1|mixtral-|mistral-|whisper-large-v3|distil-whisper|playai-tts|canopylabs\/|groq\/compound|compound-|allam-)/,
  anthropic: /^claude-(?:[1-9]|opus|sonnet|haiku|instant|fable)/,
  google: /^(?:gemini-(?:\d|flash|pro|embedding|exp)|gemma-\d|text-embedding-00|embedding-001|imagen-|veo-|learnlm-|aqa$)/,
}

/** Which of our four serves a creator's model behind the Vercel AI Gateway. */
const servedBy: [RegExp, Exclude<ProviderId, 'vercel' | 'ptax'>][] = [
  [/^openai\/gpt-oss-/, 'groq'],
  [/^openai\//, 'openai'],
  [/^anthropic\//, 'anthropic'],
  [/^google\//, 'google'],
  [/^(?:groq|meta|moonshotai|alibaba|mistral)\//, 'groq'],
]

/** OpenAI and Anthropic answer with the dated name of an undated one. */
const dates: Record<string, string> = {
  'chatgpt-4o-latest': 'chatgpt-4o-latest',
  'claude-3-5-haiku-latest': 'claude-3-5-haiku-20241022',
  'claude-3-7-sonnet-latest': 'claude-3-7-sonnet-20250219',
  'claude-haiku-4-5': 'claude-haiku-4-5-20251001',
  'claude-opus-4-0': 'claude-opus-4-20250514',
  'claude-opus-4-1': 'claude-opus-4-1-20250805',
  'claude-opus-4-5': 'claude-opus-4-5-20251101',
  'claude-sonnet-4-0': 'claude-sonnet-4-20250514',
  'claude-sonnet-4-5': 'claude-sonnet-4-5-20250929',
  'gpt-3.5-turbo': 'gpt-3.5-turbo-0125',
  'gpt-4': 'gpt-4-0613',
  'gpt-4-turbo': 'gpt-4-turbo-2024-04-09',
  'gpt-4.1': 'gpt-4.1-2025-04-14',
  'gpt-4.1-mini': 'gpt-4.1-mini-2025-04-14',
  'gpt-4.1-nano': 'gpt-4.1-nano-2025-04-14',
  'gpt-4o': 'gpt-4o-2024-08-06',
  'gpt-4o-mini': 'gpt-4o-mini-2024-07-18',
  'gpt-5': 'gpt-5-2025-08-07',
  'gpt-5-mini': 'gpt-5-mini-2025-08-07',
  'gpt-5-nano': 'gpt-5-nano-2025-08-07',
  'gpt-5.1': 'gpt-5.1-2025-11-13',
  o1: 'o1-2024-12-17',
  o3: 'o3-2025-04-16',
  'o3-mini': 'o3-mini-2025-01-31',
  'o4-mini': 'o4-mini-2025-04-16',
}

/** What `GET /models` lists. */
const listed: Record<Exclude<ProviderId, 'ptax'>, string[]> = {
  openai: ['gpt-4o', 'gpt-4o-mini', 'gpt-4.1-mini', 'gpt-5-mini', 'o4-mini', 'text-embedding-3-small', 'whisper-1', 'tts-1', 'gpt-image-1'],
  groq: ['llama-3.1-8b-instant', 'llama-3.3-70b-versatile', 'openai/gpt-oss-20b', 'whisper-large-v3-turbo'],
  anthropic: ['claude-haiku-4-5-20251001', 'claude-sonnet-4-5-20250929', 'claude-opus-4-5-20251101'],
  google: ['gemini-2.5-flash', 'gemini-2.5-flash-lite', 'gemini-2.5-pro', 'gemini-embedding-001'],
  vercel: [
    'openai/gpt-4o-mini',
    'openai/gpt-5-mini',
    'openai/text-embedding-3-small',
    'anthropic/claude-haiku-4.5',
    'google/gemini-2.5-flash',
    'meta/llama-3.3-70b',
  ],
}

export function listModels(provider: Exclude<ProviderId, 'ptax'>): string[] {
  return listed[provider]
}

export function isKnownModel(provider: ProviderId, model: string): boolean {
  if (provider === 'ptax') return false
  if (provider !== 'vercel') return families[provider].test(model)
  const server = serverOf(model)
  if (server === undefined) return false
  // Groq's creators name their models in their own way, so behind the gateway any name of theirs will do.
  return server === 'groq' || families[server].test(model.slice(model.indexOf('/') + 1))
}

export function serverOf(model: string): Exclude<ProviderId, 'vercel' | 'ptax'> | undefined {
  return servedBy.find(([names]) => names.test(model))?.[1]
}

export function servedName(model: string): string {
  return dates[model] ?? model
}

/** OpenAI's models that think: no `max_tokens`, no `temperature`. */
export function isOpenaiReasoning(model: string): boolean {
  return /^(?:o[134]|gpt-[56])/.test(model) && !model.includes('-chat')
}

/** Gemini's that answer with a picture. */
export function isDrawing(model: string): boolean {
  return /gemini-.*-image/.test(model)
}

/** OpenAI's models that chat completions do not serve. */
export function isResponsesOnly(model: string): boolean {
  return /^(?:gpt-5.*-(?:pro|codex)|o\d-pro|codex-)/.test(model)
}

/** Gemini thinks by default from 2.5 on, except the lite ones. */
export function isGeminiThinking(model: string): boolean {
  return /^gemini-(?:2\.5|[3-9])/.test(model) && !model.includes('lite') && !model.includes('image')
}
