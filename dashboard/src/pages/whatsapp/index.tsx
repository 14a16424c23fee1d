import { MessageCircle } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { type Answer, useApi } from '../../api/index.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { ChannelCard } from './channel-card.tsx'
import { MessagesTable } from './messages-table.tsx'

export function WhatsappPage() {
  const { t } = useTranslation('whatsapp')
  const channels = useApi<Answer<'GET /whatsapp/channels'>>('config', '/api/admin/whatsapp/channels', {}, { refetchIntervalMs: 30_000 })
  const hasChannels = (channels.data?.length ?? 0) > 0
  return (
    <>
      <PageHeader title={t('title')} description={t('text')} />
      {channels.error ? (
        <Card>
          <ErrorState error={channels.error} onRetry={() => void channels.refetch()} />
        </Card>
      ) : channels.data === undefined ? (
        <Skeleton className="h-64" />
      ) : hasChannels ? (
        <div className="space-y-8">
          <section className="space-y-4">
            <h2 className="sr-only">{t('channels')}</h2>
            <div className="grid items-start gap-5 lg:grid-cols-2">
              {channels.data.map((channel) => (
                <ChannelCard key={channel.id} channel={channel} />
              ))}
            </div>
          </section>
          <MessagesTable />
        </div>
      ) : (
        <Card>
          <EmptyState
            icon={MessageCircle}
            title={t('empty.title')}
            text={t('empty.text')}
            action={
              <Button asChild variant="secondary">
                <Link to="/clients">{t('empty.action')}</Link>
              </Button>
            }
          />
        </Card>
      )}
    </>
  )
}
