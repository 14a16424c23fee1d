import { keyProblem, type ProviderName } from '../providers/index.ts'
import { UsageError } from './failure.ts'

/** Throws UsageError. */
export function checkKey(provider: ProviderName, key: string): void {
  const problem = keyProblem(provider, key)
  if (problem !== undefined) throw new UsageError(`${problem}. Nothing was stored`)
}
