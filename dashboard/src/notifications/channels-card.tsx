import { BellRing, Plus } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '../api/index.ts'
import { useCanEdit } from '../auth/index.ts'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { type Channel, channelsPath } from './channel.ts'
import { ChannelDialog } from './channel-dialog.tsx'
import { ChannelRow } from './channel-row.tsx'
import { SecretDialog } from './secret-dialog.tsx'

/** Who is told of alerts: a client's channels, or the operator's and all clients'. */
export function ChannelsCard({ client }: { client?: string }) {
  const { t } = useTranslation('notifications')
  const canEdit = useCanEdit()
  const [isAdding, setAdding] = useState(false)
  const [secret, setSecret] = useState<string>()
  const channels = useApi<Channel[]>('config', channelsPath, { client })
  const add = canEdit && (
    <Button onClick={() => setAdding(true)}>
      <Plus aria-hidden />
      {t('add')}
    </Button>
  )
  return (
    <Card title={t('title')} description={client === undefined ? t('text') : t('clientText')} actions={channels.data?.length !== 0 && add}>
      {channels.error ? (
        <ErrorState error={channels.error} onRetry={() => void channels.refetch()} />
      ) : channels.data === undefined ? (
        <Skeleton className="h-32" />
      ) : channels.data.length === 0 ? (
        <EmptyState icon={BellRing} title={t('empty')} text={client === undefined ? t('emptyText') : t('emptyClientText')} action={add} />
      ) : (
        <ul className="divide-y">
          {channels.data.map((channel) => (
            <ChannelRow key={channel.id} channel={channel} hasOwner={client === undefined} onSecret={setSecret} />
          ))}
        </ul>
      )}
      {isAdding && <ChannelDialog client={client} onClose={() => setAdding(false)} onSecret={setSecret} />}
      {secret !== undefined && <SecretDialog secret={secret} onClose={() => setSecret(undefined)} />}
    </Card>
  )
}
