import type OpenAI from 'openai'
import type { ResponseCreateParamsStreaming, ResponseStreamEvent } from 'openai/resources/responses/responses'
import { expect } from 'vitest'
import type { TestClient, TestGateway } from '../../_support/gateway.ts'

/** A call of the Responses API without the SDK, for what the SDK cannot send or hides. */
export function postResponse(
  gateway: TestGateway,
  body: unknown,
  { client = gateway.client, method = 'POST', path = '' }: { client?: TestClient; method?: string; path?: string } = {},
): Promise<Response> {
  return fetch(`${gateway.url}/v1/responses${path}`, {
    method,
    headers: { authorization: `Bearer ${client.key}`, 'content-type': 'application/json' },
    ...(method === 'GET' ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
}

export interface StreamedResponse {
  callId: string
  headers: Headers
  events: ResponseStreamEvent[]
  text: string
  /** What ended the stream, if it did not end well. */
  error: unknown
}

/** Reads a stream to its end, whatever that is, and checks that its events are numbered upwards. */
export async function readResponse(client: OpenAI, params: Omit<ResponseCreateParamsStreaming, 'stream'>): Promise<StreamedResponse> {
  const { data, response } = await client.responses.create({ ...params, stream: true }).withResponse()
  const callId = response.headers.get('x-catraca-call-id') ?? ''
  const streamed: StreamedResponse = { callId, headers: response.headers, events: [], text: '', error: undefined }
  try {
    for await (const event of data) {
      expect(event.sequence_number).toBeGreaterThan(streamed.events.at(-1)?.sequence_number ?? -1)
      streamed.events.push(event)
      if (event.type === 'response.output_text.delta') streamed.text += event.delta
    }
  } catch (error) {
    streamed.error = error
  }
  return streamed
}
