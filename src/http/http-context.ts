import type { Accounts } from '../accounts/index.ts'
import type { Database } from '../database/index.ts'
import type { Facts, GatewayContext } from '../gateway/index.ts'
import type { Notifier } from '../notifications/index.ts'
import type { Secret } from '../shared/secret.ts'
import type { Vault } from '../vault/index.ts'

/** What the routes need of the process. */
export interface HttpContext extends GatewayContext {
  bodyLimitBytes: number
  /** Of all large bodies under way together. */
  bodiesLimitBytes: number
  isProduction: boolean
  /** What the operator's own programs present to `/api/admin`. Undefined: it is closed. */
  adminToken: Secret | undefined
  /** Users, their log-in and their sessions. */
  accounts: Accounts
  /** What people open the dashboard with; undefined: however they reach this port. */
  publicUrl: string | undefined
  /** Whose `X-Forwarded-For` is believed. */
  trustedProxies: readonly string[]
  /** How long a caller's idle connection is kept. */
  keepAliveMs: number
  /** Is there a `GET /metrics`? */
  hasMetrics: boolean
  /** What opens it from elsewhere than this machine, besides the admin token. */
  metricsToken: Secret | undefined
  /** In Prometheus' text format. Never rejects. */
  collectMetrics(): Promise<string>
  /** The database with the owner's rights, for the operator's own wishes. */
  owner: Pick<Database, 'query' | 'transaction'>
  vault: Vault
  /** Who is told of alerts, and how. */
  notifier: Notifier
  /** Whether a webhook may go to a loopback host. */
  allowsLocalWebhooks: boolean
  /** What Meta delivers for a WhatsApp channel. */
  whatsapp: {
    /** The challenge to repeat; undefined for whoever does not know the verify token. */
    verify(channelId: string, asked: { mode: unknown; token: unknown; challenge: unknown }): Promise<string | undefined>
    /** All of a delivery or nothing. Rejects while the database is away. */
    receive(channelId: string, body: Buffer, signature: string | undefined): Promise<'stored' | 'refused'>
  }
  /** What the guide's checklist judges, as it is at this moment. With `online` each provider is asked whether its key is good, for free. */
  gatherFacts(options: { online: boolean; client?: string | undefined; guideOnly?: boolean }): Promise<Facts>
  /** Has the gateway been told to stop? It still takes calls; whoever chooses between gateways is to choose another. */
  isStopping(): boolean
  /** Is the database there, with the registry and the shared configuration readable? Rejects with the reason when not. */
  checkReady(): Promise<void>
  /** The guide's own test: one small call for a client, through the library; of a model other than the client's own where one is named. */
  testGateway(client: string | undefined, model?: string): Promise<TestGatewayResult>
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
