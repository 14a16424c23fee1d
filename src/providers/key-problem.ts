import type { ProviderName } from './provider.ts'
import { providers } from './providers.ts'

/**
 * What is wrong with the form of a key; undefined if nothing is. It knows whose key it looks like: Anthropic's `sk-ant-…` also begins like
 * one of OpenAI's. The key itself is never part of the answer.
 */
export function keyProblem(provider: ProviderName, key: string): string | undefined {
  const { displayName, keyPrefix } = providers[provider]
  const form = formProblem(displayName, key)
  if (form !== undefined) return form
  const [owner] = Object.values(providers)
    .filter((description) => key.startsWith(description.keyPrefix))
    .sort((a, b) => b.keyPrefix.length - a.keyPrefix.length)
  if (owner && owner.name !== provider)
    return `that is a key of ${owner.displayName} (${owner.keyPrefix}…), not of ${displayName} (${keyPrefix}…)`
  if (!owner) return `a key of ${displayName} begins with ${keyPrefix}`
  return key.length <= keyPrefix.length ? `the ${displayName} key ends after ${keyPrefix}` : undefined
}

/** The same for a provider that the operator added, of whose keys nothing else is known. */
export function formProblem(displayName: string, key: string): string | undefined {
  if (/\s/.test(key)) return `the ${displayName} key has blanks in it`
  return /^[\u0021-\u007e]+$/.test(key) ? undefined : `the ${displayName} key has characters in it that no key has`
}
