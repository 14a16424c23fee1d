import type { AnswerUsage } from './answer.ts'
import { asArray, asRecord, asText, type JsonRecord } from './as-record.ts'
import { serverOf } from './models.ts'

interface Attempt {
  provider: string
  credentialType: 'byok' | 'system'
  success: boolean
}

/** How the Vercel AI Gateway got a call served: by whom, on whose credentials, after which failures. */
export interface VercelRouting {
  byok: boolean
  provider: string
  attempts: Attempt[]
  modelId: string
  generationId: string
}

/** One price for every model, per token in dollars: enough to see which side pays. */
const inputUsd = 0.000_000_15
const outputUsd = 0.000_000_6

/**
 * Tries the request's own credentials first, in order, and falls back to the system's when none is accepted, as the real gateway does
 * (https://vercel.com/docs/ai-gateway/authentication-and-byok/byok).
 */
export function routeVercel(modelId: string, body: JsonRecord, isAccepted: (key: string) => boolean, generationId: string): VercelRouting {
  const options = asRecord(asRecord(body.providerOptions).gateway)
  const provider = serverOf(modelId) ?? modelId.split('/')[0] ?? ''
  const attempts: Attempt[] = []
  for (const credential of asArray(asRecord(options.byok)[provider])) {
    const success = isAccepted(asText(asRecord(credential).apiKey) ?? '')
    attempts.push({ provider, credentialType: 'byok', success })
    if (success) return { byok: true, provider, attempts, modelId, generationId }
  }
  attempts.push({ provider, credentialType: 'system', success: true })
  return { byok: false, provider, attempts, modelId, generationId }
}

/** `providerMetadata.gateway`, which the OpenAI-compatible endpoint sends as `provider_metadata.gateway`. */
export function vercelMetadata(routing: VercelRouting, usage: AnswerUsage | undefined): JsonRecord {
  const { modelId, provider, attempts, byok, generationId } = routing
  const apiModel = modelId.slice(modelId.indexOf('/') + 1)
  const providerAttempts = attempts.map((attempt, index) => ({
    provider: attempt.provider,
    internalModelId: `${attempt.provider}:${apiModel}`,
    providerApiModelId: apiModel,
    credentialType: attempt.credentialType,
    success: attempt.success,
    ...(attempt.success ? { statusCode: 200 } : { error: 'Unauthorized', statusCode: 401 }),
    startTime: 1000 + index,
    endTime: 1001 + index,
  }))
  const marketCost = usdText(marketUsd(usage))
  return {
    gateway: {
      routing: {
        originalModelId: modelId,
        resolvedProvider: provider,
        resolvedProviderApiModelId: apiModel,
        internalResolvedModelId: `${provider}:${apiModel}`,
        fallbacksAvailable: [],
        planningReasoning: `Total execution order: ${attempts.map((attempt) => `${attempt.provider}(${attempt.credentialType})`).join(' → ')}`,
        canonicalSlug: modelId,
        finalProvider: provider,
        attempts: providerAttempts,
        modelAttemptCount: 1,
        modelAttempts: [
          {
            modelId: `${provider}:${apiModel}`,
            canonicalSlug: modelId,
            success: true,
            providerAttemptCount: attempts.length,
            providerAttempts,
          },
        ],
        totalProviderAttemptCount: attempts.length,
      },
      cost: byok ? '0' : marketCost,
      marketCost,
      surchargeCost: '0',
      gatewayCost: byok ? '0' : marketCost,
      inferenceCost: marketCost,
      generationId,
    },
  }
}

/** The additions to OpenAI's usage object on the OpenAI-compatible endpoint. */
export function vercelUsageExtras(routing: VercelRouting, usage: AnswerUsage): JsonRecord {
  const market = marketUsd(usage)
  return {
    cost: routing.byok ? 0 : market,
    is_byok: routing.byok,
    cost_details: { upstream_inference_cost: routing.byok ? market : null },
    cache_creation_input_tokens: usage.cacheWriteTokens,
    market_cost: market,
    gateway_cost: routing.byok ? 0 : market,
  }
}

export function marketUsd(usage: { inputTokens: number; outputTokens: number } | undefined): number {
  return usage === undefined ? 0 : Number((usage.inputTokens * inputUsd + usage.outputTokens * outputUsd).toFixed(9))
}

function usdText(usd: number): string {
  return usd === 0 ? '0' : usd.toFixed(9).replace(/0+$/, '')
}
