import type { SharedGatewayConfig } from './gateway/index.ts'
import { libraryContext } from './library-context.ts'

export type { SharedGatewayConfig } from './gateway/index.ts'

/**
 * The shared keys and settings, keys as `Secret`s. Throws ConfigurationError with the guide's words: `No shared configuration found`,
 * `Failed to decrypt key`, `Gateway enabled but no config found`.
 */
export async function getSharedGatewayConfig(): Promise<SharedGatewayConfig> {
  const shared = await (await libraryContext()).sharedConfig.get()
  const [failure] = shared.failures.values()
  if (failure) throw failure
  return shared
}

/** Both flags: `ENABLE_AI_GATEWAY=true`, exactly, and the client's own `use_ai_gateway`. */
export async function shouldUseGateway(clientId: string): Promise<boolean> {
  const { settings, clients } = await libraryContext()
  if (!settings.isEnabled) return false
  const client = await clients.find(clientId)
  return client?.usesGateway === true && client.isActive
}
