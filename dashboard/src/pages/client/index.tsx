import { type ComponentType, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useParams } from 'react-router'
import { useApi } from '../../api/index.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Tabs, TabsContent, TabsList, TabsTrigger, useTabInUrl } from '../../ui/tabs.tsx'
import { StateBadge } from '../clients/index.tsx'
import { AlertsTab } from './alerts-tab.tsx'
import { AuditTab } from './audit-tab.tsx'
import { BudgetsTab } from './budgets-tab.tsx'
import { type Client, clientPath } from './client.ts'
import { ConversationsTab } from './conversations-tab.tsx'
import { KeysTab } from './keys-tab.tsx'
import { ModelsTab } from './models-tab.tsx'
import { OverviewTab } from './overview-tab.tsx'
import { RulesTab } from './rules-tab.tsx'
import { SettingsTab } from './settings-tab.tsx'
import { UsageTab } from './usage-tab.tsx'

const tabs = {
  overview: OverviewTab,
  budgets: BudgetsTab,
  keys: KeysTab,
  models: ModelsTab,
  rules: RulesTab,
  usage: UsageTab,
  conversations: ConversationsTab,
  alerts: AlertsTab,
  audit: AuditTab,
  settings: SettingsTab,
} as const satisfies Record<string, ComponentType<{ client: Client }>>
const tabNames = Object.keys(tabs) as (keyof typeof tabs)[]

export function ClientPage() {
  const { t } = useTranslation('client')
  const { client: slug = '' } = useParams()
  const client = useApi<Client>('config', clientPath(slug))
  const back = { to: '/clients', label: t('back') }
  if (client.error) {
    const isMissing = client.error.status === 404
    return (
      <>
        <PageHeader title={slug} back={back} />
        {isMissing ? <Missing slug={slug} /> : <ErrorState error={client.error} onRetry={() => void client.refetch()} />}
      </>
    )
  }
  return (
    <>
      <PageHeader title={client.data?.name ?? slug} back={back} description={<Subtitle slug={slug} client={client.data} />} />
      <ClientTabs client={client.data} />
    </>
  )
}

function Missing({ slug }: { slug: string }) {
  const { t } = useTranslation('client')
  return (
    <div className="space-y-3">
      <p>{t('missing', { slug })}</p>
      <Button asChild variant="secondary">
        <Link to="/clients">{t('back')}</Link>
      </Button>
    </div>
  )
}

function Subtitle({ slug, client }: { slug: string; client: Client | undefined }) {
  const { t } = useTranslation('client')
  return (
    <span className="flex min-h-6 flex-wrap items-center gap-x-3 gap-y-1">
      <code className="font-mono">{slug}</code>
      {client && (
        <>
          <StateBadge client={client} />
          <span>{t('onPlan', { plan: client.plan })}</span>
        </>
      )}
    </span>
  )
}

function ClientTabs({ client }: { client: Client | undefined }) {
  const { t } = useTranslation('client')
  const tab = useTabInUrl('overview')
  const value = tabNames.includes(tab.value as keyof typeof tabs) ? (tab.value as keyof typeof tabs) : 'overview'
  const list = useRef<HTMLDivElement>(null)
  // On a phone the open tab may be outside of what the strip shows. Only the strip is moved, never the page.
  useEffect(() => {
    const strip = list.current
    const active = strip?.querySelector<HTMLElement>(`[data-tab="${value}"]`)
    if (strip && active) strip.scrollLeft = active.offsetLeft - strip.offsetLeft - (strip.clientWidth - active.clientWidth) / 2
  }, [value])
  const Open = tabs[value]
  return (
    <Tabs value={value} onValueChange={tab.onValueChange} activationMode="manual">
      <TabsList ref={list} aria-label={t('tabs.label')}>
        {tabNames.map((name) => (
          <TabsTrigger key={name} value={name} data-tab={name}>
            {t(`tabs.${name}`)}
          </TabsTrigger>
        ))}
      </TabsList>
      {tabNames.map((name) => (
        <TabsContent key={name} value={name}>
          {name === value && (client ? <Open client={client} /> : <Skeleton className="h-64 w-full" />)}
        </TabsContent>
      ))}
    </Tabs>
  )
}
