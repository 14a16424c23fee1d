import { Plus } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, type Body, urlOf, useApi, useChange } from '../../api/index.ts'
import { useCanEdit } from '../../auth/index.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { FormDialog } from '../../ui/form-dialog.tsx'
import { FormField } from '../../ui/form-field.tsx'
import { Input } from '../../ui/input.tsx'
import { Select } from '../../ui/select.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { toast } from '../../ui/toast.tsx'
import type { Client } from './client.ts'
import { ModelOrder } from './model-order.tsx'
import { type Route, useModelOptions } from './use-model-options.ts'

/** Names of the client's own for models. */
export function AliasesCard({ client }: { client: Client }) {
  const { t } = useTranslation('client')
  const canEdit = useCanEdit()
  const routes = useApi<Route[]>('config', '/api/admin/routes', { client: client.slug })
  const [edited, setEdited] = useState<Route | 'new'>()
  return (
    <Card
      title={t('aliases.title')}
      description={t('aliases.text')}
      actions={
        canEdit && (
          <Button variant="secondary" size="sm" onClick={() => setEdited('new')}>
            <Plus aria-hidden />
            {t('aliases.create')}
          </Button>
        )
      }
    >
      {routes.error ? (
        <ErrorState error={routes.error} onRetry={() => void routes.refetch()} />
      ) : routes.data === undefined ? (
        <Skeleton className="h-16" />
      ) : routes.data.length === 0 ? (
        <p className="text-sm text-muted-foreground">{t('aliases.empty')}</p>
      ) : (
        <ul className="divide-y">
          {routes.data.map((route) => (
            <AliasRow key={route.alias} client={client} route={route} onEdit={() => setEdited(route)} />
          ))}
        </ul>
      )}
      {edited !== undefined && (
        <AliasDialog client={client} route={edited === 'new' ? undefined : edited} onClose={() => setEdited(undefined)} />
      )}
    </Card>
  )
}

const pathOf = (alias: string, client: Client) => urlOf(`/api/admin/routes/${encodeURIComponent(alias)}`, { client: client.slug })

function AliasRow({ client, route, onEdit }: { client: Client; route: Route; onEdit(): void }) {
  const { t } = useTranslation('client')
  const canEdit = useCanEdit()
  const remove = useChange(['config'], () => api.delete(pathOf(route.alias, client)))
  return (
    <li className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2 py-3 first:pt-0 last:pb-0">
      <div className="min-w-0 flex-1 basis-56 space-y-0.5">
        <p className="font-mono text-sm font-medium break-all">{route.alias}</p>
        <p className="text-sm break-words text-muted-foreground">
          {t(`aliases.strategies.${route.strategy}`)}: {route.targets.map(({ model }) => model).join(', ')}
        </p>
      </div>
      {canEdit && (
        <div className="flex gap-2">
          <Button variant="secondary" size="sm" onClick={onEdit} aria-label={`${t('aliases.edit')}: ${route.alias}`}>
            {t('aliases.edit')}
          </Button>
          <ConfirmDialog
            trigger={
              <Button variant="secondary" size="sm" aria-label={`${t('aliases.remove')}: ${route.alias}`}>
                {t('aliases.remove')}
              </Button>
            }
            title={t('aliases.removeTitle', { alias: route.alias })}
            description={t('aliases.removeText')}
            action={t('aliases.remove')}
            onConfirm={() => remove.mutateAsync().then(() => toast.success(t('aliases.removed')))}
          />
        </div>
      )}
    </li>
  )
}

const strategies = ['ordered', 'weighted', 'cheapest', 'fastest'] as const

function AliasDialog({ client, route, onClose }: { client: Client; route: Route | undefined; onClose(): void }) {
  const { t } = useTranslation('client')
  const groups = useModelOptions(client.slug, { withAliases: false })
  const [alias, setAlias] = useState(route?.alias ?? '')
  const [strategy, setStrategy] = useState<Route['strategy']>(route?.strategy ?? 'ordered')
  const [models, setModels] = useState<readonly string[]>(route?.targets.map(({ model }) => model) ?? [])
  const [wasSent, setSent] = useState(false)
  const save = useChange(['config'], (body: Body<'PUT /routes/:alias'>) => api.put(pathOf(alias.trim(), client), body))
  const isAliasWrong = !/^\S{1,100}$/.test(alias.trim())
  const submit = async () => {
    setSent(true)
    if (isAliasWrong || models.length === 0) return false
    await save.mutateAsync({ strategy, targets: models.map((model) => targetOf(route, model)) })
    toast.success(t('aliases.saved', { alias: alias.trim() }))
    return true
  }
  const options = strategies.map((value) => ({ value, label: t(`aliases.strategies.${value}`) }))
  return (
    <FormDialog
      isOpen
      onOpenChange={onClose}
      title={route ? t('aliases.editTitle', { alias: route.alias }) : t('aliases.create')}
      description={t('aliases.formText')}
      submit={t('aliases.save')}
      onSubmit={submit}
    >
      {route === undefined && (
        <FormField
          label={t('aliases.name')}
          hint={t('aliases.nameText')}
          error={wasSent && isAliasWrong ? t('aliases.nameWrong') : undefined}
        >
          {(control) => (
            <Input
              {...control}
              value={alias}
              maxLength={100}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              className="font-mono"
              onChange={(event) => setAlias(event.target.value)}
            />
          )}
        </FormField>
      )}
      <FormField label={t('aliases.strategy')} hint={t(`aliases.strategyTexts.${strategy}`)}>
        {(control) => (
          <Select {...control} value={strategy} options={options} onValueChange={(value) => setStrategy(value as Route['strategy'])} />
        )}
      </FormField>
      <ModelOrder
        label={t('aliases.targets')}
        models={models}
        onChange={setModels}
        groups={groups}
        error={wasSent && models.length === 0 ? t('aliases.targetsMissing') : undefined}
      />
    </FormDialog>
  )
}

/** What this form does not show of a target stays as it was. */
function targetOf(route: Route | undefined, model: string) {
  const before = route?.targets.find((target) => target.model === model)
  return { model, ...(before?.via && { via: before.via }), ...(before?.weight != null && { weight: before.weight }) }
}
