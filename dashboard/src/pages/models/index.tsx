import { useTranslation } from 'react-i18next'
import { PageHeader } from '../../ui/page-header.tsx'
import { Tabs, TabsContent, TabsList, TabsTrigger, useTabInUrl } from '../../ui/tabs.tsx'
import { AliasesTab } from './aliases-tab.tsx'
import { RegistryTab } from './registry-tab.tsx'

export function ModelsPage() {
  const { t } = useTranslation('models')
  return (
    <>
      <PageHeader title={t('title')} description={t('description')} />
      <Tabs {...useTabInUrl('registry')}>
        <TabsList aria-label={t('title')}>
          <TabsTrigger value="registry">{t('tabs.registry')}</TabsTrigger>
          <TabsTrigger value="aliases">{t('tabs.aliases')}</TabsTrigger>
        </TabsList>
        <TabsContent value="registry">
          <RegistryTab />
        </TabsContent>
        <TabsContent value="aliases">
          <AliasesTab />
        </TabsContent>
      </Tabs>
    </>
  )
}
