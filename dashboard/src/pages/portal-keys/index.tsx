import { KeyRound, Plus } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type PortalAnswer, useApi } from '../../api/index.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { FormField } from '../../ui/form-field.tsx'
import { Input } from '../../ui/input.tsx'
import { Notice } from '../../ui/notice.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { CreateKeyDialog } from './create-key-dialog.tsx'
import { KeyRow } from './key-row.tsx'

export function PortalKeysPage() {
  const { t } = useTranslation('portalKeys')
  const [isCreating, setCreating] = useState(false)
  const { data, error, refetch } = useApi<PortalAnswer<'GET /keys'>>('config', '/api/portal/keys')
  const create = data?.may_manage === true && (
    <Button onClick={() => setCreating(true)}>
      <Plus aria-hidden />
      {t('create.action')}
    </Button>
  )
  return (
    <>
      <PageHeader title={t('title')} description={t('text')} {...(create && { actions: create })} />
      <div className="space-y-6">
        <Card title={t('list.title')}>
          {error ? (
            <ErrorState error={error} onRetry={() => void refetch()} />
          ) : data === undefined ? (
            <Skeleton className="h-16" />
          ) : data.keys.length === 0 ? (
            <EmptyState
              icon={KeyRound}
              title={t('list.empty')}
              text={data.may_manage ? t('list.emptyText') : t('list.emptyManaged')}
              action={create}
            />
          ) : (
            <ul className="divide-y">
              {data.keys.toSorted(byUse).map((key) => (
                <KeyRow key={key.id} apiKey={key} mayManage={data.may_manage} />
              ))}
            </ul>
          )}
        </Card>
        <Card title={t('use.title')} description={t('use.text')}>
          <FormField label={t('use.address')} className="max-w-xl">
            {(control) => (
              <div className="flex gap-2">
                <Input
                  {...control}
                  readOnly
                  value={baseUrl}
                  className="font-mono text-sm"
                  onFocus={(event) => event.currentTarget.select()}
                />
                <CopyButton value={baseUrl} />
              </div>
            )}
          </FormField>
        </Card>
        {/* Last, since it comes with the list: above, it would push everything down. */}
        {data?.may_manage === false && <Notice>{t('managed')}</Notice>}
      </div>
      {isCreating && <CreateKeyDialog onClose={() => setCreating(false)} />}
    </>
  )
}

const baseUrl = `${location.origin}/v1`

type Key = PortalAnswer<'GET /keys'>['keys'][number]

/** Those that work come first, the newest on top. */
function byUse(a: Key, b: Key): number {
  return Number(b.status === 'active') - Number(a.status === 'active') || (a.created_at < b.created_at ? 1 : -1)
}
