import { useTranslation } from 'react-i18next'
import { api, useApi, useChange } from '../../api/index.ts'
import { useSession } from '../../auth/index.ts'
import { useFormat } from '../../format/index.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { toast } from '../../ui/toast.tsx'
import { describeDevice } from './describe-device.ts'

interface OpenSession {
  id: string
  token: string
  createdAt: string
  ipAddress?: string | null
  userAgent?: string | null
}

export function SessionsCard() {
  const { t } = useTranslation('account')
  const { data: own } = useSession()
  const sessions = useApi<OpenSession[]>('session', '/api/auth/list-sessions')
  const others = useChange(['session'], () => api.post('/api/auth/revoke-other-sessions'))
  const hasOthers = (sessions.data?.length ?? 0) > 1
  return (
    <Card
      title={t('sessions.title')}
      description={t('sessions.text')}
      actions={
        hasOthers && (
          <ConfirmDialog
            trigger={<Button variant="secondary">{t('sessions.revokeOthers')}</Button>}
            title={t('sessions.revokeOthersTitle')}
            description={t('sessions.revokeText')}
            action={t('sessions.revokeOthers')}
            onConfirm={() => others.mutateAsync().then(() => toast.success(t('sessions.revokedOthers')))}
          />
        )
      }
    >
      {sessions.error ? (
        <ErrorState error={sessions.error} onRetry={() => void sessions.refetch()} />
      ) : (
        <ul className="divide-y">
          {sessions.data?.map((session) => <SessionRow key={session.id} session={session} isOwn={session.id === own?.session.id} />) ?? (
            <Skeleton className="h-12" />
          )}
        </ul>
      )}
    </Card>
  )
}

function SessionRow({ session, isOwn }: { session: OpenSession; isOwn: boolean }) {
  const { t } = useTranslation('account')
  const format = useFormat()
  const revoke = useChange(['session'], () => api.post('/api/auth/revoke-session', { token: session.token }))
  const device = describeDevice(session.userAgent ?? '') ?? t('sessions.unknownDevice')
  const since = t('sessions.since', { when: format.dateTime(session.createdAt) })
  return (
    <li className="flex flex-wrap items-center justify-between gap-3 py-3">
      <div className="min-w-0">
        <p className="text-sm font-medium">
          {device} {isOwn && <Badge tone="accent">{t('sessions.current')}</Badge>}
        </p>
        <p className="text-sm text-muted-foreground">{[session.ipAddress, since].filter(Boolean).join(' · ')}</p>
      </div>
      {!isOwn && (
        <ConfirmDialog
          trigger={
            <Button variant="secondary" size="sm" aria-label={`${t('sessions.revoke')}: ${device}, ${since}`}>
              {t('sessions.revoke')}
            </Button>
          }
          title={t('sessions.revokeTitle')}
          description={t('sessions.revokeText')}
          action={t('sessions.revoke')}
          onConfirm={() => revoke.mutateAsync().then(() => toast.success(t('sessions.revoked')))}
        />
      )}
    </li>
  )
}
