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

const openai: RouteBase = { provider: 'openai', shape: 'openai', key: 'authorization' }
const groq: RouteBase = { provider: 'groq', shape: 'groq', key: 'authorization' }
const anthropic: RouteBase = { provider: 'anthropic', shape: 'anthropic', key: 'x-api-key' }
const google: RouteBase = { provider: 'google', shape: 'google', key: 'x-goog-api-key' }
const googleOpenai: RouteBase = { provider: 'google', shape: 'google-openai', key: 'authorization' }
const vercel: RouteBase = { provider: 'vercel', shape: 'vercel', key: 'authorization' }

const routes = new Map<string, Route>([
  ['POST /openai/v1/chat/completions', chat(openai, openaiChat('openai'))],
  ['POST /openai/v1/responses', chat(openai, openaiResponses)],
  ['POST /openai/v1/embeddings', plain(openai, openaiEmbeddings)],
  ['POST /openai/v1/audio/transcriptions', plain(openai, transcription('openai'))],
  ['POST /openai/v1/audio/speech', plain(openai, speech)],
  ['POST /openai/v1/images/generations', plain(openai, images)],
  ['POST /openai/v1/images/edits', plain(openai, imageEdits)],
  ['POST /openai/v1/audio/translations', plain(openai, transcription('openai'))],
  ['POST /openai/v1/moderations', plain(openai, moderations)],
  ['POST /groq/openai/v1/chat/completions', chat(groq, openaiChat('groq'))],
  ['POST /groq/openai/v1/audio/transcriptions', plain(groq, transcription('groq'))],
  ['POST /groq/openai/v1/audio/translations', plain(groq, transcription('groq'))],
  ['POST /groq/openai/v1/audio/speech', plain(groq, speech)],
  ['POST /anthropic/v1/messages', chat(anthropic, anthropicMessages)],
  ['POST /anthropic/v1/messages/count_tokens', plain(anthropic, anthropicCountTokens)],
  ['POST /google/v1beta/openai/chat/completions', chat(googleOpenai, openaiChat('google'))],
  ['POST /google/v1beta/openai/embeddings', plain(googleOpenai, openaiEmbeddings)],
  ['POST /vercel/v1/chat/completions', chat(vercel, openaiChat('vercel'))],
  ['POST /vercel/v1/responses', chat(vercel, openaiResponses)],
  ['POST /vercel/v1/embeddings', plain(vercel, openaiEmbeddings)],
  ['POST /vercel/v1/messages', chat({ ...vercel, shape: 'anthropic', key: 'either' }, anthropicMessages)],
  ['POST /vercel/v4/ai/language-model', chat(vercel, aiSdkProtocol)],
  ['POST /vercel/v4/ai/embedding-model', plain(vercel, aiSdkEmbeddings)],
])

const googleMethods: Record<string, Route> = {
  generateContent: chat(google, googleGenerate),
  streamGenerateContent: chat(google, googleGenerate),
  countTokens: plain(google, googleCountTokens),
  embedContent: plain(google, googleEmbeddings),
  batchEmbedContents: plain(google, googleEmbeddings),
}

const lists: [RegExp, RouteBase][] = [
  [/^\/openai\/v1\/models/, openai],
  [/^\/groq\/openai\/v1\/models/, groq],
  [/^\/anthropic\/v1\/models/, anthropic],
  [/^\/google\/v1beta\/openai\/models/, googleOpenai],
  [/^\/google\/v1beta\/models/, google],
  [/^\/vercel\/v1\/models/, vercel],
  [/^\/vercel\/v4\/ai\/config/, vercel],
]

export function findRoute(method: string, path: string): Route | undefined {
  if (method === 'POST') {
    return (
      routes.get(`POST ${path}`) ?? (path.startsWith('/google/v1beta/models/') ? googleMethods[readGooglePath(path).method] : undefined)
    )
  }
  if (method !== 'GET') return undefined
  const base = lists.find(([paths]) => paths.test(path))?.[1]
  return base === undefined ? undefined : { ...base, kind: 'list', render: (asked) => renderModels(base.shape, base.provider, asked) }
}

function chat(base: RouteBase, format: WireFormat): Route {
  return { ...base, kind: 'chat', format }
}

function plain(base: RouteBase, read: ReadPlain): Route {
  return { ...base, kind: 'plain', read }
}
