import { isRecord } from '../shared/is-record.ts'
import { refuse } from './refuse.ts'

/** What a provider's option must be for nothing to change in price, or to be kept, or gone on from: the names are the AI SDK's. */
const judged: Readonly<Record<string, readonly unknown[]>> = {
  store: [false],
  previousResponseId: [],
  conversation: [],
  promptId: [],
  serviceTier: ['auto', 'default', 'on_demand', 'standard_only'],
  speed: ['standard'],
  inferenceGeo: ['global'],
  mcpServers: [],
  container: [],
  contextManagement: [],
  compaction: [],
  fallbacks: [],
  thread: [],
  cachedContent: [],
  cached_content: [],
}

/**
 * What is refused as a field of the body cannot be said to the Vercel AI Gateway's `providerOptions` either, nor to Google's `extra_body`
 * (https://ai.google.dev/gemini-api/docs/openai#extra-body). Throws InvalidRequestError.
 */
export function refuseProviderOptions(body: Record<string, unknown>): void {
  refuseJudged('providerOptions', body.providerOptions)
  refuseJudged('extra_body', body.extra_body)
}

function refuseJudged(field: string, said: unknown): void {
  if (!isRecord(said)) return
  for (const [provider, options] of Object.entries(said)) {
    // What is said to Vercel itself is replaced.
    if ((field === 'providerOptions' && provider === 'gateway') || !isRecord(options)) continue
    for (const [name, value] of Object.entries(options)) {
      if (value == null || !Object.hasOwn(judged, name) || judged[name]?.includes(value)) continue
      const param = `${field}.${provider.slice(0, 100)}.${name}`
      throw refuse(
        param,
        `${param} is not supported: what it costs can neither be bounded nor priced here, or it is kept in a shared account`,
      )
    }
  }
}
