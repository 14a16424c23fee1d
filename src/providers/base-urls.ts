import type { BaseUrls } from './provider.ts'

/** Where the providers are unless the operator says otherwise; the same defaults as the AI SDK's, Vercel's without its path. */
export const defaultBaseUrls: BaseUrls = {
  openai: 'https://api.openai.com/v1',
  groq: 'https://api.groq.com/openai/v1',
  anthropic: 'https://api.anthropic.com/v1',
  google: 'https://generativelanguage.googleapis.com/v1beta',
  vercel: 'https://ai-gateway.vercel.sh',
}
