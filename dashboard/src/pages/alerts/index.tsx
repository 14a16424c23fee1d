import { useTranslation } from 'react-i18next'
import { ChannelsCard } from '../../notifications/index.ts'
import { PageHeader } from '../../ui/page-header.tsx'
import { Tabs, TabsContent, TabsList, TabsTrigger, useTabInUrl } from '../../ui/tabs.tsx'
import { AlertsList } from './alerts-list.tsx'

export function AlertsPage() {
  const { t } = useTranslation(['alerts', 'notifications'])
  const tab = useTabInUrl('list')
  return (
    <>
      <PageHeader title={t('title')} description={t('text')} />
      <Tabs value={tab.value === 'channels' ? 'channels' : 'list'} onValueChange={tab.onValueChange}>
        <TabsList aria-label={t('tabs.label')}>
          <TabsTrigger value="list">{t('tabs.list')}</TabsTrigger>
          <TabsTrigger value="channels">{t('notifications:title')}</TabsTrigger>
        </TabsList>
        <TabsContent value="list">
          <AlertsList />
        </TabsContent>
        <TabsContent value="channels">
          <ChannelsCard />
        </TabsContent>
      </Tabs>
    </>
  )
}
