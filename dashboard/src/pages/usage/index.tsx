import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'
import { DateRangePicker } from '../../ui/date-range.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { Tabs, TabsContent, TabsList, TabsTrigger } from '../../ui/tabs.tsx'
import { CallsTab } from './calls-tab.tsx'
import { OverviewTab } from './overview-tab.tsx'
import { QualityTab } from './quality-tab.tsx'
import { ScopeBar } from './scope-bar.tsx'
import { useScope } from './use-scope.ts'

const tabs = ['overview', 'quality', 'calls'] as const

export function UsagePage() {
  const { t } = useTranslation('usage')
  const scope = useScope()
  const [params] = useSearchParams()
  const tab = tabs.find((name) => name === params.get('tab')) ?? 'overview'
  return (
    <>
      <PageHeader
        title={t('title')}
        description={t('description', { zone: scope.zone })}
        actions={<DateRangePicker value={scope.range} onChange={scope.setRange} />}
      />
      <ScopeBar scope={scope} />
      <Tabs value={tab} onValueChange={(value) => scope.set('tab', value === 'overview' ? '' : value)} className="mt-4">
        <TabsList aria-label={t('title')}>
          {tabs.map((name) => (
            <TabsTrigger key={name} value={name}>
              {t(`tabs.${name}`)}
            </TabsTrigger>
          ))}
        </TabsList>
        <TabsContent value="overview">
          <OverviewTab scope={scope} />
        </TabsContent>
        <TabsContent value="quality">
          <QualityTab scope={scope} />
        </TabsContent>
        <TabsContent value="calls">
          <CallsTab scope={scope} />
        </TabsContent>
      </Tabs>
    </>
  )
}
