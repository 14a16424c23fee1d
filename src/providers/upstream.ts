import { createAiSdkAttempt } from './ai-sdk.ts'
import { type ConnectionOptions, Connections } from './connections.ts'
import { createPassthrough } from './passthrough.ts'
import { probe } from './probe.ts'
import type { BaseUrls, ProviderDescription, ProviderName, Upstream } from './provider.ts'
import { providers } from './providers.ts'
import { readUsageReport } from './read-usage-report.ts'

export interface UpstreamOptions {
  /**
   * Where each built-in provider is: fixed, or asked for at every attempt, because demo mode ends at run time when real keys arrive. From the
   * operator's environment only.
   */
  baseUrls: BaseUrls | ((provider: ProviderName) => string)
  /** What we call ourselves to providers, for example `catraca/0.1.0`. */
  userAgent?: string
  connections?: ConnectionOptions
}

/**
 * All that talks to model hosts, behind one door.
 *
 * @example
 * const upstream = createUpstream({ baseUrls: defaultBaseUrls, userAgent: 'catraca/0.1.0' })
 * const outcome = await upstream.attemptPassthrough(openaiChat, request, { target, credentials, ... }, sink)
 */
export function createUpstream({ baseUrls, userAgent = 'catraca', connections: limits }: UpstreamOptions): Upstream {
  const connections = new Connections(limits)
  const placeOf = typeof baseUrls === 'function' ? baseUrls : (provider: ProviderName) => baseUrls[provider]
  const baseUrlOf = ({ name, baseUrl: own }: ProviderDescription): string => {
    // Who brings no address of its own is built in.
    const baseUrl = own ?? placeOf(name as ProviderName)
    return baseUrl.endsWith('/') ? baseUrl.replace(/\/+$/, '') : baseUrl
  }
  return {
    attemptPassthrough: createPassthrough({ connections, baseUrlOf, userAgent }),
    attemptAiSdk: createAiSdkAttempt({ connections, baseUrlOf }),
    countTokens: createPassthrough({ connections, baseUrlOf, userAgent }, 'countTokens'),
    probe: (provider, key) => {
      const description = typeof provider === 'string' ? providers[provider] : provider
      return probe(connections, baseUrlOf(description), description, key, userAgent)
    },
    readUsageReport: (provider, adminKey, days) =>
      readUsageReport(connections, baseUrlOf(providers[provider]), provider, adminKey, days, userAgent),
    stats: () => connections.stats(),
    close: () => connections.close(),
  }
}
