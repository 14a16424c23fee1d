import { useTranslation } from 'react-i18next'
import { Link, useSearchParams } from 'react-router'
import { useApi } from '../../api/index.ts'
import { useFormat } from '../../format/index.ts'
import { Card } from '../../ui/card.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Table, TableCell, TableHead } from '../../ui/table.tsx'
import type { Failures } from './usage-api.ts'
import type { Scope } from './use-scope.ts'

interface Row {
  reason: string
  /** Filters of the list of calls that show these. */
  filter: Readonly<Record<string, string>>
  model: string
  calls: number
  lastAt: string
}

/** Errors by code and fallbacks by reason, each leading to its calls. */
export function FailureCards({ scope }: { scope: Scope }) {
  const { t } = useTranslation('usage')
  const failures = useApi<Failures>('usage', '/api/admin/usage/failures', scope.params, { keepsPrevious: true })
  if (failures.error) return <ErrorState error={failures.error} onRetry={() => void failures.refetch()} />
  const errors = failures.data?.errors.map(
    ({ error_code: code, model, calls, last_at: lastAt }): Row => ({
      reason: code ?? t('failures.noReason'),
      filter: { status: 'error', ...(code !== null && { error_code: code }), model },
      model,
      calls,
      lastAt,
    }),
  )
  const fallbacks = failures.data?.fallbacks.map(
    ({ fallback_reason: reason, model, calls, last_at: lastAt }): Row => ({
      reason: reason ?? t('failures.noReason'),
      filter: { was_fallback: 'true', model },
      model,
      calls,
      lastAt,
    }),
  )
  return (
    <div className="grid gap-6 xl:grid-cols-2">
      <FailureCard
        title={t('failures.errors')}
        text={t('failures.errorsText')}
        empty={t('failures.noErrors')}
        what={t('failures.code')}
        rows={errors}
      />
      <FailureCard
        title={t('failures.fallbacks')}
        text={t('failures.fallbacksText')}
        empty={t('failures.noFallbacks')}
        what={t('failures.reason')}
        rows={fallbacks}
      />
    </div>
  )
}

interface FailureCardProps {
  title: string
  text: string
  empty: string
  what: string
  /** Undefined: still loading. */
  rows: readonly Row[] | undefined
}

function FailureCard({ title, text, empty, what, rows }: FailureCardProps) {
  const { t } = useTranslation('usage')
  return (
    <Card title={title} description={text}>
      {rows === undefined ? (
        <Skeleton className="h-40 w-full" />
      ) : rows.length === 0 ? (
        <EmptyState title={empty} />
      ) : (
        <Table label={title}>
          <thead>
            <tr>
              <TableHead>{what}</TableHead>
              <TableHead>{t('columns.model')}</TableHead>
              <TableHead className="text-right">{t('columns.calls')}</TableHead>
              <TableHead>{t('failures.last')}</TableHead>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <FailureRow key={`${row.reason} ${row.model}`} row={row} />
            ))}
          </tbody>
        </Table>
      )}
    </Card>
  )
}

function FailureRow({ row }: { row: Row }) {
  const format = useFormat()
  const [params] = useSearchParams()
  const calls = new URLSearchParams(params)
  for (const [name, value] of Object.entries({ ...row.filter, tab: 'calls' })) calls.set(name, value)
  return (
    <tr>
      <TableCell>
        <Link to={{ search: `?${calls}` }} className="font-medium break-words underline-offset-4 hover:underline focus-visible:underline">
          {row.reason}
        </Link>
      </TableCell>
      <TableCell className="min-w-40 break-words">{row.model}</TableCell>
      <TableCell className="text-right">{format.number(row.calls, 0)}</TableCell>
      <TableCell className="whitespace-nowrap" title={format.dateTime(row.lastAt)}>
        {format.relative(row.lastAt)}
      </TableCell>
    </tr>
  )
}
