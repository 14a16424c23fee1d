import type { KindName } from '../dialects/index.ts'

/** A provider as an operator's entry says it: a row of `providers`, without its key. */
export interface ProviderEntry {
  /** `ai_models_registry.provider` of its models. */
  name: string
  displayName: string
  kind: 'openai-compatible' | 'ai-sdk'
  /** What the paths of its API are appended to. */
  baseUrl: string
  /** Without TLS, and then to a loopback or private host only. */
  allowHttp: boolean
  /** A key of it is in the vault; without one none is sent. */
  hasKey: boolean
  auth: 'bearer' | 'api-key'
  /** Of every request. */
  query: Readonly<Record<string, string>>
  headers: Readonly<Record<string, string>>
  limitField: 'max_tokens' | 'max_completion_tokens'
  /** False where `stream_options` is refused. */
  supportsStreamUsage: boolean
  probePath: string
  /** Of kind `openai-compatible`: what it takes in OpenAI's words besides chats. */
  kinds: readonly KindName[]
  /** Of kind `ai-sdk`: the npm package and the function of it that makes the provider. */
  package: string | undefined
  exportName: string | undefined
  /** What that function is called with besides key and base URL, such as a region. */
  options: Readonly<Record<string, string>>
}
