import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { type Answer, type Item, useApi } from '../../api/index.ts'

export type Route = Answer<'GET /routes'>[number]

export interface ModelGroup {
  label: string
  options: { value: string; label: string }[]
}

/** What a client may be sent to: the operator's aliases, and chat models that are switched on, by provider. */
export function useModelOptions(slug: string, { withAliases }: { withAliases: boolean }): ModelGroup[] {
  const { t } = useTranslation('client')
  const models = useApi<{ items: Item<'GET /models'>[] }>('config', '/api/admin/models', {
    api_type: 'chat',
    is_active: true,
    limit: 1_000,
  })
  const routes = useApi<Route[]>('config', '/api/admin/routes')
  return useMemo(() => {
    const byProvider = Map.groupBy(models.data?.items ?? [], ({ provider }) => provider)
    const groups = [...byProvider].map(([label, own]) => ({
      label,
      options: own.map(({ gateway_identifier: value }) => ({ value, label: value })),
    }))
    const aliases = new Set((routes.data ?? []).filter(({ client }) => client === null || client === slug).map(({ alias }) => alias))
    if (!withAliases || aliases.size === 0) return groups
    return [{ label: t('models.aliases'), options: [...aliases].map((alias) => ({ value: alias, label: alias })) }, ...groups]
  }, [models.data, routes.data, slug, withAliases, t])
}

/** With what is set now, though it may not be offered any more. */
export function includeCurrent(groups: ModelGroup[], current: string): ModelGroup[] {
  if (current === '' || groups.some(({ options }) => options.some(({ value }) => value === current))) return groups
  return [{ label: '', options: [{ value: current, label: current }] }, ...groups]
}
