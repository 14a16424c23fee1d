import { FileJson, LayoutDashboard, Search } from 'lucide-react'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { useApi } from '../../api/index.ts'
import { useFormat } from '../../format/index.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Input } from '../../ui/input.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { OperationDetails } from './operation-details.tsx'
import { type ApiDocument, matches, type Operation, operationsOf } from './operations.ts'

export function ApiDocsPage() {
  const { t } = useTranslation('apiDocs')
  const { data, error, refetch } = useApi<ApiDocument>('session', '/api/openapi.json')
  return (
    <>
      <PageHeader
        title={t('title')}
        description={t('text')}
        actions={
          <>
            <Button asChild variant="secondary">
              <a href="/api/openapi.json">
                <FileJson aria-hidden />
                {t('document')}
              </a>
            </Button>
            <Button asChild variant="secondary">
              <Link to="/">
                <LayoutDashboard aria-hidden />
                {t('dashboard')}
              </Link>
            </Button>
          </>
        }
      />
      {error ? <ErrorState error={error} onRetry={() => void refetch()} /> : <Operations document={data} />}
    </>
  )
}

function Operations({ document }: { document: ApiDocument | undefined }) {
  const { t } = useTranslation('apiDocs')
  const format = useFormat()
  const [search, setSearch] = useState('')
  const all = useMemo(() => (document ? operationsOf(document) : undefined), [document])
  if (!all) return <Skeleton className="h-96" />
  const found = all.filter((operation) => matches(operation, search.trim()))
  return (
    <div className="space-y-8">
      <div className="space-y-2">
        <div className="relative">
          <Search className="pointer-events-none absolute top-2.5 left-3 size-4 text-muted-foreground" aria-hidden />
          <Input
            type="search"
            className="pl-9"
            value={search}
            placeholder={t('search')}
            aria-label={t('search')}
            onChange={(event) => setSearch(event.target.value)}
          />
        </div>
        <p role="status" className="text-sm text-muted-foreground">
          {t('found', { count: found.length, formatted: format.number(found.length, 0) })}
        </p>
      </div>
      {found.length === 0 ? (
        <EmptyState
          icon={Search}
          title={t('none')}
          text={t('noneText')}
          action={
            <Button variant="secondary" onClick={() => setSearch('')}>
              {t('clear')}
            </Button>
          }
        />
      ) : (
        [...Map.groupBy(found, ({ tag }) => tag)].map(([tag, operations]) => <Group key={tag} tag={tag} operations={operations} />)
      )}
    </div>
  )
}

function Group({ tag, operations }: { tag: string; operations: readonly Operation[] }) {
  return (
    <section className="space-y-3">
      <h2 className="text-lg font-semibold">{tag}</h2>
      <div className="divide-y rounded-lg border bg-card">
        {operations.map((operation) => (
          <OperationDetails key={operation.id} operation={operation} />
        ))}
      </div>
    </section>
  )
}
