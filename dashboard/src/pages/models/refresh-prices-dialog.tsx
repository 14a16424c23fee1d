import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { type Answer, type ApiError, api, useChange } from '../../api/index.ts'
import { useFormat } from '../../format/index.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorNote, ErrorState } from '../../ui/error-state.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Table, TableCell, TableHead } from '../../ui/table.tsx'
import { toast } from '../../ui/toast.tsx'
import { priceFields } from './model.ts'

type Report = Answer<'POST /models/sync'>
type Change = Report['changed'][number]

/** Shows what the pricing library has that the registry has not, and does it when it is wished. */
export function RefreshPricesDialog({ isOpen, onClose }: { isOpen: boolean; onClose(): void }) {
  const { t } = useTranslation('models')
  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={(open) => !open && onClose()}
      title={t('refresh.title')}
      description={t('refresh.text')}
      size="lg"
    >
      <RefreshPrices onClose={onClose} />
    </Dialog>
  )
}

function RefreshPrices({ onClose }: { onClose(): void }) {
  const { t } = useTranslation('models')
  const { t: common } = useTranslation()
  const preview = useQuery<Report, ApiError>({
    queryKey: ['config', 'prices-preview'],
    queryFn: () => api.post<Report>('/api/admin/models/sync', { preview: true }),
    gcTime: 0,
  })
  const apply = useChange(['config'], () => api.post<Report>('/api/admin/models/sync', { preview: false }))
  const report = preview.data
  if (preview.error) return <ErrorState error={preview.error} onRetry={() => void preview.refetch()} />
  const isNothing = report !== undefined && report.added.length === 0 && report.changed.length === 0
  const submit = async () => {
    const done = await apply.mutateAsync()
    toast.success(t('refresh.done', { added: done.added.length, changed: done.changed.length }))
    onClose()
  }
  return (
    <div className="space-y-5">
      {report === undefined ? (
        <>
          <Skeleton className="h-64 w-full" />
          <span className="sr-only" role="status">
            {common('loading')}
          </span>
        </>
      ) : (
        <div className="min-h-64 space-y-5">
          {isNothing && <EmptyState title={t('refresh.nothing')} text={t('refresh.nothingText')} />}
          <Added names={report.added} />
          <Changes title={t('refresh.changed', { count: report.changed.length })} changes={report.changed} badge="changed" />
          <Changes
            title={t('refresh.kept', { count: report.kept.length })}
            text={t('refresh.keptText')}
            changes={report.kept}
            badge="kept"
          />
        </div>
      )}
      {apply.error && <ErrorNote error={apply.error} />}
      <div className="flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">
        <Button variant="secondary" onClick={onClose}>
          {common(isNothing ? 'actions.close' : 'actions.cancel')}
        </Button>
        {!isNothing && (
          <Button isBusy={apply.isPending} disabled={report === undefined} onClick={() => void submit().catch(() => {})}>
            {t('refresh.apply')}
          </Button>
        )}
      </div>
    </div>
  )
}

function Added({ names }: { names: readonly string[] }) {
  const { t } = useTranslation('models')
  if (names.length === 0) return null
  return (
    <section className="space-y-2">
      <h3 className="text-sm font-semibold">{t('refresh.added', { count: names.length })}</h3>
      <ul className="flex flex-wrap gap-1.5">
        {names.map((name) => (
          <li key={name}>
            <Badge tone="success" className="whitespace-normal break-all">
              {name}
            </Badge>
          </li>
        ))}
      </ul>
    </section>
  )
}

interface ChangesProps {
  title: string
  text?: string
  changes: readonly Change[]
  badge: 'changed' | 'kept'
}

function Changes({ title, text, changes, badge }: ChangesProps) {
  const { t } = useTranslation('models')
  if (changes.length === 0) return null
  return (
    <section className="space-y-2">
      <h3 className="text-sm font-semibold">{title}</h3>
      {text !== undefined && <p className="text-sm text-muted-foreground">{text}</p>}
      <Table label={title}>
        <thead>
          <tr>
            <TableHead>{t('columns.model')}</TableHead>
            <TableHead>{t('refresh.field')}</TableHead>
            <TableHead className="text-right">{t('refresh.now')}</TableHead>
            <TableHead className="text-right">{t(badge === 'changed' ? 'refresh.after' : 'refresh.library')}</TableHead>
          </tr>
        </thead>
        <tbody>
          {changes.map((change) => (
            <ChangeRow key={`${change.model} ${change.column}`} change={change} isKept={badge === 'kept'} />
          ))}
        </tbody>
      </Table>
    </section>
  )
}

function ChangeRow({ change, isKept }: { change: Change; isKept: boolean }) {
  const { t } = useTranslation('models')
  const format = useFormat()
  const field = priceFields.find((name) => name === change.column)
  const show = (value: unknown) =>
    value === null || value === undefined
      ? '–'
      : typeof value === 'string' && /^\d+(\.\d+)?$/.test(value)
        ? format.usd(value)
        : JSON.stringify(value)
  return (
    <tr>
      <TableCell className="font-medium break-all">{change.model}</TableCell>
      <TableCell>{field === undefined ? change.column.replaceAll('_', ' ') : t(`field.${field}`)}</TableCell>
      <TableCell className={isKept ? 'text-right font-medium' : 'text-right text-muted-foreground line-through'}>
        {show(change.before)}
      </TableCell>
      <TableCell className={isKept ? 'text-right text-muted-foreground' : 'text-right font-medium'}>{show(change.after)}</TableCell>
    </tr>
  )
}
