import { aiSdkProtocol } from './ai-sdk-protocol.ts'
import { anthropicMessages } from './anthropic-messages.ts'
import { anthropicCountTokens, googleCountTokens } from './count-routes.ts'
import { aiSdkEmbeddings, googleEmbeddings, openaiEmbeddings } from './embeddings.ts'
import type { ErrorShape } from './error-body.ts'
import { googleGenerate, readGooglePath } from './google-generate.ts'
import { imageEdits, images, moderations, speech, transcription } from './media.ts'
import { renderModels } from './models-list.ts'
import { openaiChat } from './openai-chat.ts'
import { openaiResponses } from './openai-responses.ts'
import type { ReadPlain } from './plain-format.ts'
import type { ProviderId } from './provider-id.ts'
import type { WireFormat } from './wire-format.ts'

/** Where a route expects the key. Only headers: a key in a URL ends up in logs, so it isn't taken even where the real API would. */
export type KeyPlace = 'authorization' | 'x-api-key' | 'x-goog-api-key' | 'either'

interface RouteBase {
  provider: ProviderId
  shape: ErrorShape
  key: KeyPlace
}

/** A chat, an answer in one piece, or a list that costs nothing. */
export type Route = RouteBase &
  (
    | { kind: 'chat'; format: WireFormat }
    | { kind: 'plain'; read: ReadPlain }
    | { kind: 'list'; render: (path: string) => string | undefined }
  )

const OPENAI: RouteBase = { provider: 'openai', shape: 'openai', key: 'authorization' }
const GROQ: RouteBase = { provider: 'groq', shape: 'groq', key: 'authorization' }
const ANTHROPIC: RouteBase = { provider: 'anthropic', shape: 'anthropic', key: 'x-api-key' }
const GOOGLE: RouteBase = { provider: 'google', shape: 'google', key: 'x-goog-api-key' }
const GOOGLE_OPENAI: RouteBase = { provider: 'google', shape: 'google-openai', key: 'authorization' }
const VERCEL: RouteBase = { provider: 'vercel', shape: 'vercel', key: 'authorization' }

const ROUTES = new Map<string, Route>([
  ['POST /openai/v1/chat/completions', chat(OPENAI, openaiChat('openai'))],
  ['POST /openai/v1/responses', chat(OPENAI, openaiResponses)],
  ['POST /openai/v1/embeddings', plain(OPENAI, openaiEmbeddings)],
  ['POST /openai/v1/audio/transcriptions', plain(OPENAI, transcription('openai'))],
  ['POST /openai/v1/audio/speech', plain(OPENAI, speech)],
  ['POST /openai/v1/images/generations', plain(OPENAI, images)],
  ['POST /openai/v1/images/edits', plain(OPENAI, imageEdits)],
  ['POST /openai/v1/audio/translations', plain(OPENAI, transcription('openai'))],
  ['POST /openai/v1/moderations', plain(OPENAI, moderations)],
  ['POST /groq/openai/v1/chat/completions', chat(GROQ, openaiChat('groq'))],
  ['POST /groq/openai/v1/audio/transcriptions', plain(GROQ, transcription('groq'))],
  ['POST /groq/openai/v1/audio/translations', plain(GROQ, transcription('groq'))],
  ['POST /groq/openai/v1/audio/speech', plain(GROQ, speech)],
  ['POST /anthropic/v1/messages', chat(ANTHROPIC, anthropicMessages)],
  ['POST /anthropic/v1/messages/count_tokens', plain(ANTHROPIC, anthropicCountTokens)],
  ['POST /google/v1beta/openai/chat/completions', chat(GOOGLE_OPENAI, openaiChat('google'))],
  ['POST /google/v1beta/openai/embeddings', plain(GOOGLE_OPENAI, openaiEmbeddings)],
  ['POST /vercel/v1/chat/completions', chat(VERCEL, openaiChat('vercel'))],
  ['POST /vercel/v1/responses', chat(VERCEL, openaiResponses)],
  ['POST /vercel/v1/embeddings', plain(VERCEL, openaiEmbeddings)],
  ['POST /vercel/v1/messages', chat({ ...VERCEL, shape: 'anthropic', key: 'either' }, anthropicMessages)],
  ['POST /vercel/v4/ai/language-model', chat(VERCEL, aiSdkProtocol)],
  ['POST /vercel/v4/ai/embedding-model', plain(VERCEL, aiSdkEmbeddings)],
])

const GOOGLE_METHODS: Record<string, Route> = {
  generateContent: chat(GOOGLE, googleGenerate),
  streamGenerateContent: chat(GOOGLE, googleGenerate),
  countTokens: plain(GOOGLE, googleCountTokens),
  embedContent: plain(GOOGLE, googleEmbeddings),
  batchEmbedContents: plain(GOOGLE, googleEmbeddings),
}

const LISTS: [RegExp, RouteBase][] = [
  [/^\/openai\/v1\/models/, OPENAI],
  [/^\/groq\/openai\/v1\/models/, GROQ],
  [/^\/anthropic\/v1\/models/, ANTHROPIC],
  [/^\/google\/v1beta\/openai\/models/, GOOGLE_OPENAI],
  [/^\/google\/v1beta\/models/, GOOGLE],
  [/^\/vercel\/v1\/models/, VERCEL],
  [/^\/vercel\/v4\/ai\/config/, VERCEL],
]

export function findRoute(method: string, path: string): Route | undefined {
  if (method === 'POST') {
    return (
      ROUTES.get(`POST ${path}`) ?? (path.startsWith('/google/v1beta/models/') ? GOOGLE_METHODS[readGooglePath(path).method] : undefined)
    )
  }
  if (method !== 'GET') return undefined
  const base = LISTS.find(([paths]) => paths.test(path))?.[1]
  return base === undefined ? undefined : { ...base, kind: 'list', render: (asked) => renderModels(base.shape, base.provider, asked) }
}

function chat(base: RouteBase, format: WireFormat): Route {
  return { ...base, kind: 'chat', format }
}

function plain(base: RouteBase, read: ReadPlain): Route {
  return { ...base, kind: 'plain', read }
}
