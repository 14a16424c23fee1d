import { useTranslation } from 'react-i18next'
import { type Answer, api, useChange } from '../api/index.ts'
import { Button } from '../ui/button.tsx'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { toast } from '../ui/toast.tsx'

/** Sends an alert again, by every channel that it goes to. */
export function ResendButton({ alertId }: { alertId: string }) {
  const { t } = useTranslation('notifications')
  const resend = useChange(['alerts', 'config'], () => api.post<Answer<'POST /alerts/:id/resend'>>(`/api/admin/alerts/${alertId}/resend`))
  return (
    <ConfirmDialog
      trigger={
        <Button variant="secondary" size="sm">
          {t('resend.action')}
        </Button>
      }
      isDanger={false}
      title={t('resend.title')}
      description={t('resend.text')}
      action={t('resend.action')}
      onConfirm={() => resend.mutateAsync().then(({ queued }) => toast.success(t('resend.done', { count: queued, formatted: queued })))}
    />
  )
}
