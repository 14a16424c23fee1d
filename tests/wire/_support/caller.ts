import OpenAI, { type ClientOptions } from 'openai'
import type { ChatCompletionChunk, ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions'
import type { TestClient, TestGateway } from '../../_support/gateway.ts'

/** The official SDK, as anybody would set it up; it tries nothing twice, so that a test sees every answer. */
export function sdk(gateway: TestGateway, client: TestClient = gateway.client, options: ClientOptions = {}): OpenAI {
  return new OpenAI({ apiKey: client.key, baseURL: `${gateway.url}/v1`, maxRetries: 0, ...options })
}

/** A call without the SDK, for what the SDK cannot send or hides. */
export function post(
  gateway: TestGateway,
  body: unknown,
  { client = gateway.client, headers = {}, signal }: { client?: TestClient; headers?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<Response> {
  return fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${client.key}`, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' || body instanceof Uint8Array ? (body as Uint8Array<ArrayBuffer> | string) : JSON.stringify(body),
    ...(signal && { signal }),
  })
}

export interface Streamed {
  callId: string
  headers: Headers
  chunks: ChatCompletionChunk[]
  text: string
  /** What ended the stream, if it did not end well. */
  error: unknown
}

/** Reads a stream to its end, whatever that is. */
export async function readStream(client: OpenAI, params: Omit<ChatCompletionCreateParamsStreaming, 'stream'>): Promise<Streamed> {
  const { data, response } = await client.chat.completions.create({ ...params, stream: true }).withResponse()
  const streamed: Streamed = {
    callId: response.headers.get('x-catraca-call-id') ?? '',
    headers: response.headers,
    chunks: [],
    text: '',
    error: undefined,
  }
  try {
    for await (const chunk of data) {
      streamed.chunks.push(chunk)
      streamed.text += chunk.choices[0]?.delta.content ?? ''
    }
  } catch (error) {
    streamed.error = error
  }
  return streamed
}

/** What a promise rejects with. */
export async function failureOf(promise: PromiseLike<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  try {
    await promise
  } catch (error) {
    if (error instanceof OpenAI.APIError) return error
    throw error
  }
  throw new Error('it did not fail')
}

export function user(content: string): [{ role: 'user'; content: string }] {
  return [{ role: 'user', content }]
}
