import type { Config } from '../config/index.ts'
import { createUpstream, describeProvider } from '../providers/index.ts'
import { toGatewayError } from '../shared/errors.ts'
import { openSecret } from '../shared/secret.ts'
import type { Store } from './open-store.ts'
import type { OwnProvider } from './own-providers.ts'

/** Does the key open, is the package there and, if `online`, does the provider take the key? In words; spends nothing. */
export async function probeProvider(
  { vault }: Store,
  config: Config,
  { entry, keyId }: OwnProvider,
  { online }: { online: boolean },
): Promise<{ ok: boolean; message: string }> {
  const upstream = createUpstream({ baseUrls: config.baseUrls, userAgent: 'catraca-doctor' })
  try {
    const description = describeProvider(entry, config.allowedPackages)
    await description.load()
    const key = keyId === undefined ? undefined : await vault.read(keyId, entry.name)
    if (!online) return { ok: true, message: `${entry.displayName} was not asked` }
    const ask = (value: string) => upstream.probe(description, value)
    const result = key === undefined ? await ask('') : await openSecret(key, ask)
    if (result.ok) return { ok: true, message: `${entry.displayName} answers (${result.latencyMs} ms)` }
    // A package has nothing to be asked for free; that it is there has been seen.
    return { ok: entry.kind === 'ai-sdk' && result.reason === 'unexpected', message: result.message }
  } catch (error) {
    return { ok: false, message: toGatewayError(error).publicMessage }
  } finally {
    await upstream.close()
  }
}
