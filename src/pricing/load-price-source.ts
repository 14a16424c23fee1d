import type { RegistryEntry } from './registry-entry.ts'

/** `readPriceSource`, loaded when it is needed: the pricing library is half a megabyte that no call needs. `asOf` as in `2026-11-22`. */
export async function loadPriceSource(asOf: string): Promise<RegistryEntry[]> {
  const { readPriceSource } = await import('./price-source.ts')
  return readPriceSource(asOf)
}
