import { KeyRound, Plus } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Answer, api, useApi, useChange } from '../../api/index.ts'
import { useCanEdit } from '../../auth/index.ts'
import { useFormat } from '../../format/index.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { toast } from '../../ui/toast.tsx'
import { type Client, clientPath } from './client.ts'
import { CreateKeyDialog } from './create-key-dialog.tsx'

type Key = Answer<'GET /clients/:client/keys'>[number]

const tones = { active: 'success', expired: 'warning', revoked: 'neutral' } as const

export function KeysTab({ client }: { client: Client }) {
  const { t } = useTranslation('client')
  const canEdit = useCanEdit()
  const [isOpen, setOpen] = useState(false)
  const keys = useApi<Key[]>('config', `${clientPath(client.slug)}/keys`)
  const create = canEdit && (
    <Button onClick={() => setOpen(true)}>
      <Plus aria-hidden />
      {t('keys.create')}
    </Button>
  )
  return (
    <Card title={t('tabs.keys')} description={t('keys.text')} actions={keys.data?.length !== 0 && create}>
      {keys.error ? (
        <ErrorState error={keys.error} onRetry={() => void keys.refetch()} />
      ) : keys.data === undefined ? (
        <Skeleton className="h-32" />
      ) : keys.data.length === 0 ? (
        <EmptyState icon={KeyRound} title={t('keys.empty')} text={t('keys.emptyText')} action={create} />
      ) : (
        <ul className="divide-y">
          {keys.data.map((key) => (
            <KeyRow key={key.id} entry={key} client={client} canEdit={canEdit} />
          ))}
        </ul>
      )}
      <CreateKeyDialog client={client} isOpen={isOpen} onOpenChange={setOpen} />
    </Card>
  )
}

function KeyRow({ entry, client, canEdit }: { entry: Key; client: Client; canEdit: boolean }) {
  const { t } = useTranslation('client')
  const revoke = useChange(['config'], () => api.post(`/api/admin/keys/${entry.id}/revoke`))
  return (
    <li className="flex flex-wrap items-start justify-between gap-x-6 gap-y-2 py-4 first:pt-0 last:pb-0">
      <div className="min-w-0 flex-1 basis-64 space-y-1">
        <p className="flex flex-wrap items-center gap-2">
          <span className="font-medium">{entry.name}</span>
          <code className="font-mono text-xs text-muted-foreground">{entry.prefix}…</code>
          <Badge tone={tones[entry.status]}>{t(`keys.status.${entry.status}`)}</Badge>
        </p>
        <KeyFacts entry={entry} client={client} />
      </div>
      {canEdit && entry.status === 'active' && (
        <ConfirmDialog
          trigger={
            <Button variant="secondary" size="sm" aria-label={`${t('keys.revoke')}: ${entry.name}`}>
              {t('keys.revoke')}
            </Button>
          }
          title={t('keys.revokeTitle', { name: entry.name })}
          description={t('keys.revokeText')}
          action={t('keys.revoke')}
          onConfirm={() => revoke.mutateAsync().then(() => toast.success(t('keys.revoked')))}
        />
      )}
    </li>
  )
}

function KeyFacts({ entry, client }: { entry: Key; client: Client }) {
  const { t } = useTranslation('client')
  const format = useFormat(client.time_zone)
  const facts = [
    t('keys.created', { when: format.date(entry.created_at) }),
    entry.last_used_at === null ? t('keys.neverUsed') : t('keys.lastUsed', { when: format.relative(entry.last_used_at) }),
    ...(entry.revoked_at !== null ? [t('keys.revokedAt', { when: format.dateTime(entry.revoked_at) })] : []),
    ...(entry.expires_at !== null ? [t('keys.expires', { when: format.dateTime(entry.expires_at) })] : []),
    ...(entry.requests_per_minute !== null ? [t('keys.requests', { count: entry.requests_per_minute })] : []),
    ...(entry.tokens_per_minute !== null ? [t('keys.tokens', { amount: format.number(entry.tokens_per_minute, 0) })] : []),
    ...(entry.max_concurrent_calls !== null
      ? [t('keys.concurrent', { count: entry.max_concurrent_calls, formatted: format.number(entry.max_concurrent_calls, 0) })]
      : []),
    ...(entry.allowed_models !== null ? [t('keys.models', { models: entry.allowed_models.join(', ') })] : []),
  ]
  return <p className="text-sm break-words text-muted-foreground">{facts.join(' · ')}</p>
}
