/**
 * OpenTelemetry's semantic conventions for generative AI, as far as they are used here, and our own names beside them.
 * Source: https://opentelemetry.io/docs/specs/semconv/gen-ai/ (in development, so the names are written down here and nowhere else).
 */
export const attribute = {
  operation: 'gen_ai.operation.name',
  provider: 'gen_ai.provider.name',
  requestModel: 'gen_ai.request.model',
  responseModel: 'gen_ai.response.model',
  maxTokens: 'gen_ai.request.max_tokens',
  tokenType: 'gen_ai.token.type',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  cachedTokens: 'gen_ai.usage.cache_read.input_tokens',
  cacheWriteTokens: 'gen_ai.usage.cache_creation.input_tokens',
  finishReasons: 'gen_ai.response.finish_reasons',
  error: 'error.type',
  httpStatus: 'http.response.status_code',
  callId: 'catraca.call.id',
  client: 'catraca.client.slug',
  source: 'catraca.call.source',
  via: 'catraca.via',
  cache: 'catraca.cache',
  fallback: 'catraca.fallback.reason',
  costUsd: 'catraca.cost.usd',
  costBrl: 'catraca.cost.brl',
} as const

/** What the conventions call providers that we call otherwise. */
const conventional: Readonly<Record<string, string>> = { google: 'gcp.gemini' }

export function providerName(provider: string): string {
  return conventional[provider] ?? provider
}

/** Buckets as the conventions advise them. */
export const durationBounds = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]
export const firstTokenBounds = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
export const tokenBounds = [1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864]
/** Of what the gateway itself does. */
export const stepBounds = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]
