import { useTranslation } from 'react-i18next'
import { PageHeader } from '../../ui/page-header.tsx'
import { Tabs, TabsContent, TabsList, TabsTrigger, useTabInUrl } from '../../ui/tabs.tsx'
import { ChannelsSection } from './channels-section.tsx'
import { ConversationsTable } from './conversations-table.tsx'
import { MessagesTable } from './messages-table.tsx'

export function WhatsappPage() {
  const { t } = useTranslation('whatsapp')
  const tab = useTabInUrl('conversations')
  return (
    <>
      <PageHeader title={t('title')} description={t('text')} />
      <ChannelsSection>
        <Tabs value={tab.value === 'messages' ? 'messages' : 'conversations'} onValueChange={tab.onValueChange}>
          <TabsList aria-label={t('tabs')}>
            <TabsTrigger value="conversations">{t('conversations.title')}</TabsTrigger>
            <TabsTrigger value="messages">{t('messages.title')}</TabsTrigger>
          </TabsList>
          <TabsContent value="conversations">
            <ConversationsTable />
          </TabsContent>
          <TabsContent value="messages">
            <MessagesTable />
          </TabsContent>
        </Tabs>
      </ChannelsSection>
    </>
  )
}
