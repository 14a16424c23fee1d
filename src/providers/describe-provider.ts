import { ConfigurationError } from '../shared/errors.ts'
import { checkBaseUrl } from './check-base-url.ts'
import { describeCompatible } from './describe-compatible.ts'
import { describePackage } from './describe-package.ts'
import type { ProviderDescription } from './provider.ts'
import type { ProviderEntry } from './provider-entry.ts'

/** The AI SDK's own. Any other package is code that the operator names in the environment, not in a table. */
const ownPackages = /^@ai-sdk\/[a-z0-9-]+$/

/**
 * An operator's entry as a description.
 *
 * @param allowedPackages npm packages that may be loaded besides `@ai-sdk/*`
 * @throws ConfigurationError `config_invalid` for an address or a package that is not allowed; it names the provider and no host
 *
 * @example
 * const mistral = describeProvider({ name: 'mistral', baseUrl: 'https://api.mistral.ai/v1', ... }, [])
 */
export function describeProvider(entry: ProviderEntry, allowedPackages: readonly string[]): ProviderDescription {
  checkBaseUrl(entry)
  if (entry.kind === 'openai-compatible') return describeCompatible(entry)
  const name = entry.package ?? ''
  if (ownPackages.test(name) || allowedPackages.includes(name)) return describePackage(entry)
  throw new ConfigurationError(
    'config_invalid',
    `The package ${name} of the provider "${entry.name}" is not of @ai-sdk/*: allow it by CATRACA_PROVIDER_PACKAGES`,
  )
}
