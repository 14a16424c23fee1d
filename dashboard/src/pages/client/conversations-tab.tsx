import { useTranslation } from 'react-i18next'
import { ChannelsSection } from '../whatsapp/channels-section.tsx'
import { ConversationsTable } from '../whatsapp/conversations-table.tsx'
import type { Client } from './client.ts'

export function ConversationsTab({ client }: { client: Client }) {
  const { t } = useTranslation('whatsapp')
  return (
    <ChannelsSection client={client.slug}>
      <section className="space-y-4">
        <h2 className="font-semibold">{t('conversations.title')}</h2>
        <ConversationsTable client={client.slug} />
      </section>
    </ChannelsSection>
  )
}
