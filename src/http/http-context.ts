import type { GatewayContext } from '../gateway/index.ts'

/** What the routes need of the process. */
export interface HttpContext extends GatewayContext {
  bodyLimitBytes: number
  isProduction: boolean
  /** Is the database there, with the registry and the shared configuration readable? Rejects with the reason when not. */
  checkReady(): Promise<void>
  /** The guide's own test: one small call for a client, through the library. */
  testGateway(client: string | undefined): Promise<TestGatewayResult>
}

export type TestGatewayResult =
  | { enabled: false }
  | {
      enabled: true
      result: {
        text: string
        model: string
        provider: string
        wasCached: boolean
        latencyMs: number
        usage: { promptTokens: number; completionTokens: number; totalTokens: number }
      }
    }
