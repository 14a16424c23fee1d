/** What a caller wishes of the cache, as its `cache-control` header says it. */
export interface CacheControl {
  /** Neither look nor keep. */
  noStore: boolean
  /** An answer may be so old; 0 asks a provider in any case. Undefined leaves it to the operator's setting. */
  maxAgeMs: number | undefined
}

/** `no-cache` is an age of nothing, as HTTP has it. Anything else in the header says nothing to us. */
export function readCacheControl(header: string | undefined): CacheControl {
  const control: CacheControl = { noStore: false, maxAgeMs: undefined }
  for (const directive of header?.toLowerCase().split(',') ?? []) {
    const [name, value = ''] = directive.split('=').map((part) => part.trim())
    if (name === 'no-store') control.noStore = true
    else if (name === 'no-cache') control.maxAgeMs = 0
    else if (name === 'max-age' && /^"?\d+"?$/.test(value)) {
      control.maxAgeMs = Math.min(Number(value.replaceAll('"', '')) * 1_000, control.maxAgeMs ?? Number.POSITIVE_INFINITY)
    }
  }
  return control
}
