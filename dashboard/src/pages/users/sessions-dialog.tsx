import { useTranslation } from 'react-i18next'
import { type Answer, api, useApi, useChange } from '../../api/index.ts'
import { useCanEdit } from '../../auth/index.ts'
import { useFormat } from '../../format/index.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { toast } from '../../ui/toast.tsx'
import { describeDevice } from '../account/describe-device.ts'
import type { UserRow } from './user-menu.tsx'

type Sessions = Answer<'GET /users/:user/sessions'>
type Ended = Answer<'DELETE /users/:user/sessions'>

/** Where a user is logged in, and the way to end it. */
export function SessionsDialog({ user, onClose }: { user: UserRow; onClose(): void }) {
  const { t } = useTranslation('users')
  const { t: common } = useTranslation()
  const canEdit = useCanEdit()
  const path = `/api/admin/users/${user.id}/sessions`
  const sessions = useApi<Sessions>('session', path)
  const end = useChange(['session', 'config'], (id: string | undefined) => api.delete<Ended>(id === undefined ? path : `${path}/${id}`))
  const endNow = (id?: string) =>
    end.mutateAsync(id).then(({ ended }) => {
      toast.success(t('sessions.ended', { count: ended }))
    })
  const hasSeveral = (sessions.data?.length ?? 0) > 1
  return (
    <Dialog
      isOpen
      onOpenChange={onClose}
      title={t('sessions.title', { name: user.name })}
      description={t('sessions.text')}
      footer={
        <>
          <Button variant="secondary" onClick={onClose}>
            {common('actions.close')}
          </Button>
          {canEdit && hasSeveral && (
            <ConfirmDialog
              trigger={<Button variant="danger">{t('sessions.endAll')}</Button>}
              title={t('sessions.endAllTitle', { name: user.name })}
              description={t('sessions.endText')}
              action={t('sessions.endAll')}
              onConfirm={() => endNow()}
            />
          )}
        </>
      }
    >
      {sessions.error ? (
        <ErrorState error={sessions.error} onRetry={() => void sessions.refetch()} />
      ) : sessions.data === undefined ? (
        <Skeleton className="h-12" />
      ) : sessions.data.length === 0 ? (
        <p className="py-3 text-sm text-muted-foreground">{t('sessions.empty')}</p>
      ) : (
        <ul className="divide-y">
          {sessions.data.map((session) => (
            <SessionRow key={session.id} session={session} onEnd={canEdit ? () => endNow(session.id) : undefined} />
          ))}
        </ul>
      )}
    </Dialog>
  )
}

function SessionRow({ session, onEnd }: { session: Sessions[number]; onEnd: (() => Promise<unknown>) | undefined }) {
  const { t } = useTranslation('users')
  const format = useFormat()
  const device = describeDevice(session.user_agent ?? '') ?? t('sessions.unknownDevice')
  const since = t('sessions.since', { when: format.dateTime(session.created_at) })
  return (
    <li className="flex flex-wrap items-center justify-between gap-3 py-3">
      <div className="min-w-0">
        <p className="text-sm font-medium">{device}</p>
        <p className="text-sm text-muted-foreground">{[session.address, since].filter(Boolean).join(' · ')}</p>
      </div>
      {onEnd && (
        <ConfirmDialog
          trigger={
            <Button variant="secondary" size="sm" aria-label={t('sessions.endOne', { device, since })}>
              {t('sessions.end')}
            </Button>
          }
          title={t('sessions.endTitle')}
          description={t('sessions.endText')}
          action={t('sessions.end')}
          onConfirm={onEnd}
        />
      )}
    </li>
  )
}
