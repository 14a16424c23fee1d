import { CacheCard } from './cache-card.tsx'
import type { Client } from './client.ts'
import { GuardrailsCard } from './guardrails-card.tsx'
import { LimitsCard } from './limits-card.tsx'

export function RulesTab({ client }: { client: Client }) {
  return (
    <div className="max-w-3xl space-y-6">
      <LimitsCard client={client} />
      <GuardrailsCard client={client} />
      <CacheCard client={client} />
    </div>
  )
}
