import { useTranslation } from 'react-i18next'
import { type Answer, type Item, useApi } from '../api/index.ts'
import { useCanEdit } from '../auth/index.ts'
import { ErrorState } from '../ui/error-state.tsx'
import { Sheet } from '../ui/sheet.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { type Channel, channelPath } from './channel.ts'
import { DeliveryItem } from './deliveries-list.tsx'
import { ResendButton } from './resend-button.tsx'

type Log = Answer<'GET /notification-channels/:id/deliveries'>
type Entry = Item<'GET /notification-channels/:id/deliveries'>

/** What one still reads; the older ones are by the alert that they are of. */
const mostShown = 50

/** What became of what a channel was to tell. */
export function ChannelDeliveriesSheet({ channel, onClose }: { channel: Channel; onClose(): void }) {
  const { t } = useTranslation('notifications')
  const log = useApi<Log>('config', `${channelPath(channel.id)}/deliveries`, { limit: mostShown }, { refetchIntervalMs: 5_000 })
  return (
    <Sheet isOpen onOpenChange={(isOpen) => !isOpen && onClose()} title={t('log.ofChannel')}>
      <div className="space-y-4 text-sm">
        <p className="break-all text-muted-foreground">{channel.address}</p>
        {log.error ? (
          <ErrorState error={log.error} onRetry={() => void log.refetch()} />
        ) : log.data === undefined ? (
          <Skeleton className="h-40" />
        ) : log.data.items.length === 0 ? (
          <p>{t('log.nothing')}</p>
        ) : (
          <>
            <ul className="divide-y border-y">
              {log.data.items.map((entry) => (
                <LogItem key={entry.id} entry={entry} />
              ))}
            </ul>
            {log.data.next !== null && <p className="text-muted-foreground">{t('log.more', { count: mostShown })}</p>}
          </>
        )}
      </div>
    </Sheet>
  )
}

function LogItem({ entry }: { entry: Entry }) {
  const { t } = useTranslation(['notifications', 'alerts'])
  const canEdit = useCanEdit()
  const { alert } = entry
  const title = alert === null ? t('log.test') : [t(`alerts:kinds.${alert.kind}`), alert.client].filter(Boolean).join(' · ')
  const mayResend = canEdit && alert !== null && (entry.status === 'failed' || entry.status === 'given_up')
  return <DeliveryItem entry={entry} title={title} action={mayResend && <ResendButton alertId={alert.id} />} />
}
