import type { LanguageModelV4 } from '@ai-sdk/provider'
import { ConfigurationError } from '../shared/errors.ts'
import type { LanguageModelCall, ProviderDescription } from './provider.ts'
import type { ProviderEntry } from './provider-entry.ts'

/** A provider's package of the AI SDK, for those that speak no dialect of ours: each call is translated. */
export function describePackage(entry: ProviderEntry): ProviderDescription {
  return {
    name: entry.name,
    displayName: entry.displayName,
    baseUrl: entry.baseUrl,
    isKeyless: !entry.hasKey,
    keyPrefix: '',
    dialects: [],
    requestIdHeaders: ['x-request-id', 'request-id', 'x-amzn-requestid'],
    modelNameOf: (target) => target.modelName,
    passthrough() {
      throw new ConfigurationError('config_invalid', `${entry.displayName} is called by its package only`)
    },
    probe() {
      throw new ConfigurationError(
        'config_invalid',
        `${entry.displayName} answers nothing for free that is known here, so its key was not tried`,
      )
    },
    load: () => importFactory(entry),
    edit: () => ({ limitField: 'max_tokens', asksStreamUsage: false, extra: undefined }),
    languageModel: (call) => languageModel(entry, call),
    providerOptions: () => undefined,
  }
}

async function languageModel(entry: ProviderEntry, { baseUrl, key, modelName, fetch }: LanguageModelCall): Promise<LanguageModelV4> {
  const create = await importFactory(entry)
  // Ours come last, so that nothing else decides where a key goes.
  const provider = create({ ...entry.options, ...(entry.hasKey ? { apiKey: key } : {}), baseURL: baseUrl, fetch })
  const model: unknown =
    hasProperties(provider) && typeof provider.languageModel === 'function' ? provider.languageModel(modelName) : undefined
  if (hasProperties(model) && model.specificationVersion === 'v4') return model as unknown as LanguageModelV4
  const version = hasProperties(model) ? String(model.specificationVersion) : 'none'
  throw wrong(entry, `makes models of another version of the AI SDK (${version}, not v4): npm i ${entry.package}@latest`)
}

type Factory = (settings: Record<string, unknown>) => unknown

/** Which packages may be named is judged where the entry is read. */
async function importFactory(entry: ProviderEntry): Promise<Factory> {
  let loaded: Record<string, unknown>
  try {
    loaded = await import(entry.package ?? '')
  } catch (error) {
    if (hasProperties(error) && error.code === 'ERR_MODULE_NOT_FOUND') throw wrong(entry, `is not installed: npm i ${entry.package}`)
    throw wrong(entry, 'cannot be loaded', error)
  }
  const create = entry.exportName === undefined ? undefined : loaded[entry.exportName]
  if (typeof create === 'function') return create as Factory
  throw wrong(entry, `has no function ${entry.exportName}`)
}

function hasProperties(value: unknown): value is Record<string, unknown> {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

/** Another target may still answer. */
function wrong(entry: ProviderEntry, what: string, cause?: unknown): ConfigurationError {
  const message = `The package ${entry.package} of the provider "${entry.name}" ${what}`
  return new ConfigurationError('config_invalid', message, { fallback: true, ...(cause === undefined ? {} : { cause }) })
}
