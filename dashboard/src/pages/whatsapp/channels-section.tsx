import { MessageCircle, Plus } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Answer, useApi } from '../../api/index.ts'
import { useCanEdit } from '../../auth/index.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { ChannelCard } from './channel-card.tsx'
import { ConnectDialog } from './connect-dialog.tsx'

/** The numbers of a client, or of all, and connecting one; what is below them is there once there is one. */
export function ChannelsSection({ client, children }: { client?: string; children: ReactNode }) {
  const { t } = useTranslation('whatsapp')
  const canEdit = useCanEdit()
  const [isConnecting, setConnecting] = useState(false)
  const channels = useApi<Answer<'GET /whatsapp/channels'>>('config', '/api/admin/whatsapp/channels', {}, { refetchIntervalMs: 30_000 })
  const shown = channels.data?.filter((channel) => client === undefined || channel.client === client)
  const connect = canEdit && (
    <Button onClick={() => setConnecting(true)}>
      <Plus aria-hidden />
      {t('connect.title')}
    </Button>
  )
  return (
    <>
      {channels.error ? (
        <Card>
          <ErrorState error={channels.error} onRetry={() => void channels.refetch()} />
        </Card>
      ) : shown === undefined ? (
        <Skeleton className="h-64" />
      ) : shown.length === 0 ? (
        <Card>
          <EmptyState icon={MessageCircle} title={t('empty.title')} text={t('empty.text')} action={connect} />
        </Card>
      ) : (
        <div className="space-y-8">
          <section className="space-y-4">
            <div className="flex flex-wrap items-center justify-between gap-3">
              <h2 className="font-semibold">{t('channels')}</h2>
              {connect}
            </div>
            <div className="grid items-start gap-5 lg:grid-cols-2">
              {shown.map((channel) => (
                <ChannelCard key={channel.id} channel={channel} />
              ))}
            </div>
          </section>
          {children}
        </div>
      )}
      {isConnecting && <ConnectDialog client={client} onClose={() => setConnecting(false)} />}
    </>
  )
}
