/**
 * Did the Vercel AI Gateway answer with its own credentials, after our key failed there? Then the call was paid from Vercel credits,
 * and the operator must know. `metadata` is `providerMetadata.gateway`:
 * https://vercel.com/docs/ai-gateway/authentication-and-byok/byok
 */
export function paidBySystemCredentials(metadata: Record<string, unknown> | undefined): boolean {
  const routing = metadata?.routing
  if (typeof routing !== 'object' || routing === null || !('attempts' in routing) || !Array.isArray(routing.attempts)) return false
  return routing.attempts.some((attempt: { credentialType?: unknown; success?: unknown } | null) => {
    return attempt?.credentialType === 'system' && attempt.success === true
  })
}
