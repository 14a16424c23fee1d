import { InvalidArgumentError } from 'commander'
import { kindNames, type ProviderEntry, type ProviderPreset, providerPresets } from '../providers/index.ts'
import { UsageError } from './failure.ts'

/** What `provider add` may be told. */
export interface EntryOptions {
  preset?: string
  displayName?: string
  baseUrl?: string
  allowHttp?: boolean
  auth?: ProviderEntry['auth']
  query?: Record<string, string>
  header?: Record<string, string>
  limitField?: ProviderEntry['limitField']
  streamUsage?: boolean
  probePath?: string
  kinds?: ProviderEntry['kinds']
  package?: string
  export?: string
  option?: Record<string, string>
  keyStdin?: boolean
  key?: boolean
}

export function presetOf(name: string, { preset = name }: EntryOptions): ProviderPreset | undefined {
  return Object.hasOwn(providerPresets, preset) ? providerPresets[preset] : undefined
}

/**
 * What is told, over what the entry of that name has, over what is known of it beforehand. Throws UsageError where that is not enough.
 */
export function toEntry(name: string, options: EntryOptions, before: ProviderEntry | undefined): ProviderEntry {
  const preset = presetOf(name, options)
  if (options.preset !== undefined && preset === undefined) {
    throw new UsageError(`There is no preset "${options.preset}"; there are ${Object.keys(providerPresets).join(', ')}`)
  }
  const base: Partial<ProviderEntry> = before ?? { ...preset, hasKey: preset?.isKeyless !== true }
  const baseUrl = options.baseUrl ?? base.baseUrl
  if (baseUrl === undefined) {
    const example = preset?.baseUrlExample ?? 'https://HOST/v1'
    throw new UsageError(`Where is "${name}"? Add --base-url ${example}, or --preset one of ${Object.keys(providerPresets).join(', ')}`)
  }
  const packageName = options.package ?? base.package
  return {
    name,
    displayName: options.displayName ?? base.displayName ?? name,
    kind: packageName === undefined ? 'openai-compatible' : 'ai-sdk',
    baseUrl: baseUrl.replace(/\/+$/, ''),
    allowHttp: options.allowHttp ?? base.allowHttp ?? false,
    hasKey: options.keyStdin || (options.key !== false && base.hasKey === true),
    auth: options.auth ?? base.auth ?? 'bearer',
    query: options.query ?? base.query ?? {},
    headers: options.header ?? base.headers ?? {},
    limitField: options.limitField ?? base.limitField ?? 'max_tokens',
    supportsStreamUsage: options.streamUsage === false ? false : (base.supportsStreamUsage ?? true),
    kinds: options.kinds ?? base.kinds ?? ['embeddings'],
    probePath: options.probePath ?? base.probePath ?? '/models',
    package: packageName,
    exportName: options.export ?? base.exportName,
    options: options.option ?? base.options ?? {},
  }
}

export function parseKinds(text: string): ProviderEntry['kinds'] {
  const wanted = text === 'none' ? [] : text.split(',').map((kind) => kind.trim())
  const known = kindNames.filter((kind) => wanted.includes(kind))
  if (known.length < wanted.length)
    throw new InvalidArgumentError(`It must be some of ${kindNames.join(', ')} with commas between, or none.`)
  return known
}

/** For flags that take `name=value` again and again. */
export function addPair(text: string, pairs: Record<string, string> = {}): Record<string, string> {
  const [, name, value] = /^([^=]+)=(.+)$/s.exec(text) ?? []
  if (name === undefined || value === undefined) throw new InvalidArgumentError('It must be name=value.')
  return { ...pairs, [name]: value }
}
