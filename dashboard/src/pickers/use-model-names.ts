import { useMemo } from 'react'
import { type Answer, useApi } from '../api/index.ts'
import type { Suggestion } from '../ui/suggest-input.tsx'

/** Names that a call may use: the operator's aliases, then the registry's models that are on. `apiType`: those of that kind alone. */
export function useModelNames(apiType?: 'chat'): readonly Suggestion[] {
  const routes = useApi<Answer<'GET /routes'>>('config', '/api/admin/routes')
  const models = useApi<Answer<'GET /models'>>('config', '/api/admin/models', { limit: 1000, is_active: true, api_type: apiType })
  return useMemo(() => {
    const aliases = (routes.data ?? []).map(({ alias }) => alias)
    const identifiers = (models.data?.items ?? []).map(({ gateway_identifier: name }) => name)
    return [...new Set([...aliases, ...identifiers])].map((value) => ({ value }))
  }, [routes.data, models.data])
}
