import { useTranslation } from 'react-i18next'
import { type Answer, useApi } from '../api/index.ts'
import { useCanEdit } from '../auth/index.ts'
import { ErrorState } from '../ui/error-state.tsx'
import { Sheet } from '../ui/sheet.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { DeliveryItem } from './deliveries-list.tsx'
import { ResendButton } from './resend-button.tsx'

/** To whom an alert went, each attempt, and sending it again. */
export function AlertDeliveriesSheet({ alertId, title, onClose }: { alertId: string; title: string; onClose(): void }) {
  const { t } = useTranslation('notifications')
  const canEdit = useCanEdit()
  const path = `/api/admin/alerts/${alertId}/deliveries`
  const deliveries = useApi<Answer<'GET /alerts/:id/deliveries'>>('alerts', path, {}, { refetchIntervalMs: 5_000 })
  return (
    <Sheet isOpen onOpenChange={(isOpen) => !isOpen && onClose()} title={t('log.ofAlert')}>
      <div className="space-y-4 text-sm">
        <p className="text-muted-foreground">{title}</p>
        {deliveries.error ? (
          <ErrorState error={deliveries.error} onRetry={() => void deliveries.refetch()} />
        ) : deliveries.data === undefined ? (
          <Skeleton className="h-40" />
        ) : (
          <>
            {canEdit && <ResendButton alertId={alertId} />}
            {deliveries.data.length === 0 ? (
              <p>{t('log.nobody')}</p>
            ) : (
              <ul className="divide-y border-y">
                {deliveries.data.map((entry) => (
                  <DeliveryItem key={`${entry.channel}-${entry.attempt}`} entry={entry} title={entry.address} />
                ))}
              </ul>
            )}
          </>
        )}
      </div>
    </Sheet>
  )
}
