import Anthropic, { type ClientOptions } from '@anthropic-ai/sdk'
import type { TestClient, TestGateway } from '../../_support/gateway.ts'

/** The official SDK, as anybody would set it up; it tries nothing twice, so that a test sees every answer. */
export function anthropicSdk(gateway: TestGateway, client: TestClient = gateway.client, options: ClientOptions = {}): Anthropic {
  return new Anthropic({ apiKey: client.key, authToken: null, baseURL: gateway.url, maxRetries: 0, ...options })
}

/** What a promise rejects with. */
export async function anthropicFailure(promise: PromiseLike<unknown>): Promise<InstanceType<typeof Anthropic.APIError>> {
  try {
    await promise
  } catch (error) {
    if (error instanceof Anthropic.APIError) return error
    throw error
  }
  throw new Error('it did not fail')
}

/** A call without the SDK, for what the SDK cannot send or hides. */
export function postMessages(gateway: TestGateway, body: unknown, headers: Record<string, string> = {}, path = ''): Promise<Response> {
  return fetch(`${gateway.url}/v1/messages${path}`, {
    method: 'POST',
    headers: { 'x-api-key': gateway.client.key, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}
