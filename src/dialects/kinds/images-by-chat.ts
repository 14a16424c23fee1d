import type { LanguageModelV4CallOptions, LanguageModelV4GenerateResult } from '@ai-sdk/provider'
import type { ParsedRequest } from '../dialect.ts'
import { refuse } from '../refuse.ts'

/** What the translation carries, or what asks for nothing: `auto`, one picture, base64. */
const carried: Readonly<Record<string, (value: unknown) => boolean>> = {
  model: () => true,
  prompt: () => true,
  user: () => true,
  safety_identifier: () => true,
  n: (value) => value === 1,
  size: (value) => value === 'auto',
  quality: (value) => value === 'auto',
  background: (value) => value === 'auto',
  moderation: (value) => value === 'auto',
  response_format: (value) => value === 'b64_json',
  stream: (value) => value === false,
}

/**
 * A picture asked of a model that draws in a chat, as Google's do. Throws InvalidRequestError for what such a model cannot be told.
 * https://ai.google.dev/gemini-api/docs/image-generation
 */
export function toImageCallOptions({ body }: ParsedRequest): LanguageModelV4CallOptions {
  for (const [field, value] of Object.entries(body)) {
    if (value === null || carried[field]?.(value)) continue
    throw refuse(field, `${field} cannot be said to a model that draws in a chat`)
  }
  return {
    prompt: [{ role: 'user', content: [{ type: 'text', text: String(body.prompt) }] }],
    providerOptions: { google: { responseModalities: ['IMAGE'] } },
  }
}

/** The answer in the words of OpenAI's images; undefined where nothing was drawn. */
export function renderImages(
  { content, usage }: LanguageModelV4GenerateResult,
  createdAtMs: number,
): { body: Buffer; images: number } | undefined {
  const data = content.flatMap((part) => {
    if (part.type !== 'file' || !part.mediaType.startsWith('image/') || part.data.type !== 'data') return []
    const { data: bytes } = part.data
    return [{ b64_json: typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('base64') }]
  })
  if (data.length === 0) return undefined
  const { total: input_tokens = 0 } = usage.inputTokens
  const { total: output_tokens = 0 } = usage.outputTokens
  const counts = { input_tokens, output_tokens, total_tokens: input_tokens + output_tokens }
  return { body: Buffer.from(JSON.stringify({ created: Math.floor(createdAtMs / 1000), data, usage: counts })), images: data.length }
}
