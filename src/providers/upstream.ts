import { createAiSdkAttempt } from './ai-sdk.ts'
import { Connections } from './connections.ts'
import { createPassthrough } from './passthrough.ts'
import { probe } from './probe.ts'
import type { BaseUrls, ProviderName, Upstream } from './provider.ts'
import { readUsageReport } from './read-usage-report.ts'

export interface UpstreamOptions {
  /**
   * Where each provider is: fixed, or asked for at every attempt, because demo mode ends at run time when real keys arrive. From the
   * operator's environment only.
   */
  baseUrls: BaseUrls | ((provider: ProviderName) => string)
  /** What we call ourselves to providers, for example `catraca/0.1.0`. */
  userAgent?: string
}

/**
 * All that talks to model hosts, behind one door.
 *
 * @example
 * const upstream = createUpstream({ baseUrls: defaultBaseUrls, userAgent: 'catraca/0.1.0' })
 * const outcome = await upstream.attemptPassthrough(openaiChat, request, { target, credentials, ... }, sink)
 */
export function createUpstream({ baseUrls, userAgent = 'catraca' }: UpstreamOptions): Upstream {
  const connections = new Connections()
  const baseUrlOf = (provider: ProviderName): string => {
    const baseUrl = typeof baseUrls === 'function' ? baseUrls(provider) : baseUrls[provider]
    return baseUrl.endsWith('/') ? baseUrl.replace(/\/+$/, '') : baseUrl
  }
  return {
    attemptPassthrough: createPassthrough({ connections, baseUrlOf, userAgent }),
    attemptAiSdk: createAiSdkAttempt({ connections, baseUrlOf }),
    countTokens: createPassthrough({ connections, baseUrlOf, userAgent }, 'countTokens'),
    probe: (provider, key) => probe(connections, baseUrlOf(provider), provider, key, userAgent),
    readUsageReport: (provider, adminKey, days) => readUsageReport(connections, baseUrlOf(provider), provider, adminKey, days, userAgent),
    close: () => connections.close(),
  }
}
