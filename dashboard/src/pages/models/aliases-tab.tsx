import { Pencil, Plus, Route, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { type Answer, api, urlOf, useApi, useChange } from '../../api/index.ts'
import { useCanEdit } from '../../auth/index.ts'
import { useFormat } from '../../format/index.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { toast } from '../../ui/toast.tsx'
import type { Alias } from './alias.ts'
import { AliasDialog } from './alias-dialog.tsx'

const keyOf = ({ alias, client }: Alias) => `${alias} ${client ?? ''}`

/** The operator's own names for models, and what decides between those that one stands for. */
export function AliasesTab() {
  const { t } = useTranslation('models')
  const canEdit = useCanEdit()
  const aliases = useApi<Answer<'GET /routes'>>('config', '/api/admin/routes')
  const [open, setOpen] = useState<Alias | 'new'>()
  if (aliases.error) return <ErrorState error={aliases.error} onRetry={() => void aliases.refetch()} />
  const add = (
    <Button onClick={() => setOpen('new')}>
      <Plus aria-hidden />
      {t('alias.add')}
    </Button>
  )
  return (
    <div className="space-y-4">
      <div className="flex flex-wrap items-start justify-between gap-3">
        <p className="max-w-2xl text-sm text-muted-foreground">{t('alias.text')}</p>
        {canEdit && aliases.data?.length !== 0 && add}
      </div>
      {aliases.data === undefined ? (
        <Skeleton className="h-48 w-full" />
      ) : aliases.data.length === 0 ? (
        <div className="rounded-lg border bg-card">
          <EmptyState icon={Route} title={t('alias.empty')} text={t('alias.emptyText')} {...(canEdit && { action: add })} />
        </div>
      ) : (
        <ul className="grid gap-4 xl:grid-cols-2">
          {aliases.data.map((alias) => (
            <AliasCard key={keyOf(alias)} alias={alias} onEdit={() => setOpen(alias)} />
          ))}
        </ul>
      )}
      <AliasDialog alias={open} onClose={() => setOpen(undefined)} />
    </div>
  )
}

function AliasCard({ alias, onEdit }: { alias: Alias; onEdit(): void }) {
  const { t } = useTranslation('models')
  const canEdit = useCanEdit()
  return (
    <li className="min-w-0 space-y-4 rounded-lg border bg-card p-5">
      <div className="flex items-start justify-between gap-3">
        <div className="min-w-0 space-y-1">
          <h2 className="font-mono font-semibold break-all">{alias.alias}</h2>
          <p className="text-sm text-muted-foreground">
            {alias.client === null ? (
              t('alias.ofAll')
            ) : (
              <Link to={`/clients/${encodeURIComponent(alias.client)}`} className="underline underline-offset-4">
                {t('alias.ofClient', { client: alias.client })}
              </Link>
            )}
            {` · ${t(`strategy.${alias.strategy}.name`)}`}
          </p>
        </div>
        {canEdit && <CardActs alias={alias} onEdit={onEdit} />}
      </div>
      <Targets alias={alias} />
      <Rules alias={alias} />
    </li>
  )
}

function CardActs({ alias, onEdit }: { alias: Alias; onEdit(): void }) {
  const { t } = useTranslation('models')
  const { t: common } = useTranslation()
  const path = urlOf(`/api/admin/routes/${encodeURIComponent(alias.alias)}`, { client: alias.client })
  const remove = useChange(['config'], () => api.delete(path))
  return (
    <div className="flex shrink-0 gap-1">
      <Button variant="ghost" size="icon" aria-label={`${common('actions.edit')}: ${alias.alias}`} onClick={onEdit}>
        <Pencil aria-hidden />
      </Button>
      <ConfirmDialog
        trigger={
          <Button variant="ghost" size="icon" aria-label={`${common('actions.delete')}: ${alias.alias}`}>
            <Trash2 aria-hidden />
          </Button>
        }
        title={t('alias.removeTitle', { alias: alias.alias })}
        description={t('alias.removeText')}
        action={common('actions.delete')}
        onConfirm={() => remove.mutateAsync().then(() => toast.success(t('alias.removed', { alias: alias.alias })))}
      />
    </div>
  )
}

function Targets({ alias }: { alias: Alias }) {
  const { t } = useTranslation('models')
  const format = useFormat()
  const total = alias.targets.reduce((sum, { weight }) => sum + (weight ?? 1), 0)
  return (
    <ol className="space-y-1.5 text-sm">
      {alias.targets.map(({ model, via, weight }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same model may stand there twice, and the order is what it is
        <li key={index} className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="w-5 text-muted-foreground">{alias.strategy === 'ordered' ? `${index + 1}.` : '•'}</span>
          <span className="min-w-0 font-medium break-all">{model}</span>
          {via !== null && <Badge>{t(`via.${via}`)}</Badge>}
          {alias.strategy === 'weighted' && total > 0 && <Badge tone="accent">{format.percent((weight ?? 1) / total)}</Badge>}
        </li>
      ))}
    </ol>
  )
}

function Rules({ alias }: { alias: Alias }) {
  const { t } = useTranslation('models')
  const format = useFormat()
  const { fallbacks, hedge_after_ms: hedge, downgrade } = alias
  const rows = [
    [t('alias.fallbacks'), fallbacks === null ? t('chain.client') : fallbacks.length === 0 ? t('chain.none') : fallbacks.join(' → ')],
    hedge !== null && [t('alias.hedge'), t('alias.hedgeAfter', { time: format.duration(hedge) })],
    downgrade && [
      t('alias.downgrade'),
      t('alias.downgradeTo', { model: downgrade.model, share: format.wholePercent(downgrade.threshold / 100) }),
    ],
  ].filter((row) => Array.isArray(row))
  return (
    <dl className="space-y-1.5 border-t pt-3 text-sm">
      {rows.map(([label, value]) => (
        <div key={label} className="flex flex-wrap gap-x-2">
          <dt className="text-muted-foreground">{label}</dt>
          <dd className="min-w-0 break-words">{value}</dd>
        </div>
      ))}
    </dl>
  )
}
