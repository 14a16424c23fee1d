import { ApiError } from '../../api/index.ts'
import { readEvents } from './read-events.ts'

export interface ChatMessage {
  role: 'system' | 'user' | 'assistant'
  content: string
}

/** What the chat endpoint is asked. */
export interface ChatRequest {
  model: string
  messages: ChatMessage[]
  temperature?: number
  max_tokens?: number
}

export interface ChatTokens {
  input: number
  output: number
}

export interface ChatListener {
  /** The answer's `x-catraca-*` headers, a refusal's too. */
  onHeaders(headers: Readonly<Record<string, string>>): void
  onText(piece: string): void
  onTokens(tokens: ChatTokens): void
}

/** One streamed chat as a client. Rejects with an ApiError where it was refused or broke off, and as fetch does when it was stopped. */
export async function streamChat(client: string, request: ChatRequest, listener: ChatListener, signal: AbortSignal): Promise<void> {
  const response = await ask(client, request, signal)
  listener.onHeaders(headersOf(response))
  if (!response.ok || response.body === null) throw refusalOf(await response.text(), response)
  let isOver = false
  try {
    for await (const data of readEvents(response.body)) {
      if (data === '[DONE]') {
        isOver = true
        continue
      }
      const chunk = parse(data)
      if (chunk.error) throw refusalOf(data, response)
      const piece = chunk.choices?.[0]?.delta?.content
      if (piece) listener.onText(piece)
      if (chunk.usage) listener.onTokens({ input: chunk.usage.prompt_tokens ?? 0, output: chunk.usage.completion_tokens ?? 0 })
    }
  } catch (thrown) {
    if (thrown instanceof ApiError || signal.aborted) throw thrown
  }
  if (!isOver) throw new ApiError('stream_cut', '', 502)
}

async function ask(client: string, request: ChatRequest, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(`/api/admin/clients/${encodeURIComponent(client)}/chat/completions`, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'content-type': 'application/json', 'accept-language': document.documentElement.lang },
      body: JSON.stringify({ ...request, stream: true, stream_options: { include_usage: true } }),
      signal,
    })
  } catch (thrown) {
    if (signal.aborted) throw thrown
    throw new ApiError('unreachable', '', 0)
  }
}

function headersOf(response: Response): Record<string, string> {
  return Object.fromEntries([...response.headers].filter(([name]) => name.startsWith('x-catraca-')))
}

interface Chunk {
  choices?: { delta?: { content?: string | null } }[]
  usage?: { prompt_tokens?: number; completion_tokens?: number } | null
  error?: unknown
}

function parse(data: string): Chunk {
  try {
    return JSON.parse(data) as Chunk
  } catch {
    return {}
  }
}

/** The gateway's own words, and what it says of the budget or limit that refused. */
function refusalOf(body: string, response: Response): ApiError {
  const error = parse(body).error
  const { code, message, ...details } = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>
  const retryAfter = response.headers.get('retry-after')
  return new ApiError(
    typeof code === 'string' ? code : 'unknown',
    typeof message === 'string' ? message : '',
    // Once a stream has begun, its status says nothing of how it ends.
    response.ok ? 502 : response.status,
    { ...details, ...(retryAfter !== null && { retry_after_seconds: Number(retryAfter) }) },
  )
}
