import { useTranslation } from 'react-i18next'
import { type Answer, api, useApi, useChange } from '../../api/index.ts'
import { useCanEdit } from '../../auth/index.ts'
import { useFormat } from '../../format/index.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { toast } from '../../ui/toast.tsx'
import { useRoleText } from './use-role-text.ts'

type Invitation = Answer<'GET /invitations'>[number]

export function InvitationsCard() {
  const { t } = useTranslation('users')
  const invitations = useApi<Answer<'GET /invitations'>>('config', '/api/admin/invitations')
  return (
    <Card title={t('invitations.title')} description={t('invitations.text')}>
      {invitations.error ? (
        <ErrorState error={invitations.error} onRetry={() => void invitations.refetch()} />
      ) : invitations.data === undefined ? (
        <Skeleton className="h-6 w-56" />
      ) : invitations.data.length === 0 ? (
        <p className="text-sm text-muted-foreground">{t('invitations.empty')}</p>
      ) : (
        <ul className="divide-y">
          {invitations.data.map((invitation) => (
            <InvitationRow key={invitation.id} invitation={invitation} />
          ))}
        </ul>
      )}
    </Card>
  )
}

function InvitationRow({ invitation }: { invitation: Invitation }) {
  const { t } = useTranslation('users')
  const format = useFormat()
  const roleText = useRoleText()
  const canEdit = useCanEdit()
  const { id, email } = invitation
  const revoke = useChange(['config'], () => api.delete(`/api/admin/invitations/${id}`))
  return (
    <li className="flex flex-wrap items-center justify-between gap-3 py-3 first:pt-0 last:pb-0">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm font-medium">
          <span className="min-w-0 break-all">{email}</span>
          <Badge>{roleText(invitation)}</Badge>
        </p>
        <p className="mt-0.5 text-sm break-words text-muted-foreground">
          {t('invitations.by', { who: invitation.invited_by, until: format.dateTime(invitation.expires_at) })}
        </p>
      </div>
      {canEdit && (
        <ConfirmDialog
          trigger={
            <Button variant="secondary" size="sm" aria-label={t('invitations.revokeOf', { email })}>
              {t('invitations.revoke')}
            </Button>
          }
          title={t('invitations.revokeTitle', { email })}
          description={t('invitations.revokeText')}
          action={t('invitations.revokeAction')}
          onConfirm={() => revoke.mutateAsync().then(() => toast.success(t('invitations.revoked', { email })))}
        />
      )}
    </li>
  )
}
