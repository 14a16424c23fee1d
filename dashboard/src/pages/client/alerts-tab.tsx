import { ChannelsCard } from '../../notifications/index.ts'
import { AlertsList } from '../alerts/alerts-list.tsx'
import type { Client } from './client.ts'

export function AlertsTab({ client }: { client: Client }) {
  return (
    <div className="space-y-6">
      <ChannelsCard client={client.slug} />
      <AlertsList client={client} />
    </div>
  )
}
