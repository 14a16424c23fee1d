import { BellRing } from 'lucide-react'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { type Alert, alertKinds, alertTones } from '../../alerts/index.ts'
import { useFormat } from '../../format/index.ts'
import { AlertDeliveriesSheet, ChannelsCard } from '../../notifications/index.ts'
import { ClientFilter, columnsOf, DataTable, ListFilter, useList } from '../../table/index.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { Tabs, TabsContent, TabsList, TabsTrigger, useTabInUrl } from '../../ui/tabs.tsx'
import { useAlertWords } from './use-alert-words.ts'

const column = columnsOf<Alert>()

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

function AlertsList() {
  const { t } = useTranslation('alerts')
  const format = useFormat()
  const list = useList<Alert>('/api/admin/alerts', { topic: 'alerts', filters: ['kind', 'client'] })
  const columns = useMemo(
    () =>
      column.columns([
        column.accessor('kind', {
          header: t('kind'),
          cell: (cell) => <Badge tone={alertTones[cell.getValue()]}>{t(`kinds.${cell.getValue()}`)}</Badge>,
        }),
        column.accessor('client', { header: t('client'), cell: (cell) => <ClientLink slug={cell.getValue()} /> }),
        column.display({ id: 'what', header: t('what'), meta: { isTitle: true }, cell: ({ row }) => <Words alert={row.original} /> }),
        column.accessor('created_at', {
          header: t('when'),
          cell: (cell) => <span className="md:whitespace-nowrap">{format.dateTime(cell.getValue())}</span>,
        }),
        column.display({ id: 'delivery', header: t('delivery.title'), cell: ({ row }) => <Delivery alert={row.original} /> }),
      ]),
    [t, format],
  )
  return (
    <DataTable
      label={t('title')}
      list={list}
      columns={columns}
      rowId={(row) => row.id}
      filters={
        <>
          <ListFilter
            list={list}
            name="kind"
            label={t('kind')}
            options={alertKinds.map((value) => ({ value, label: t(`kinds.${value}`) }))}
          />
          <ClientFilter list={list} />
        </>
      }
      empty={<EmptyState icon={BellRing} title={t('empty')} text={t('emptyText')} action={<ToClients />} />}
    />
  )
}

function ToClients() {
  const { t } = useTranslation('alerts')
  return (
    <Button asChild variant="secondary">
      <Link to="/clients">{t('links.clients')}</Link>
    </Button>
  )
}

function ClientLink({ slug }: { slug: string | null }) {
  if (slug === null) return <span className="text-muted-foreground">–</span>
  return (
    <Link to={`/clients/${slug}`} className="font-medium underline-offset-4 hover:underline md:whitespace-nowrap">
      {slug}
    </Link>
  )
}

function Words({ alert }: { alert: Alert }) {
  const { text, link } = useAlertWords()(alert)
  return (
    <div className="min-w-0 space-y-0.5 font-normal md:min-w-72">
      <p className="break-words">{text}</p>
      {link && (
        <Button asChild variant="link" size="inline">
          <Link to={link.to}>{link.label}</Link>
        </Button>
      )}
    </div>
  )
}

function Delivery({ alert }: { alert: Alert }) {
  const { t } = useTranslation('alerts')
  const textOf = useAlertWords()
  const [isOpen, setOpen] = useState(false)
  return (
    <div className="flex flex-col items-start gap-1 max-md:items-end">
      <DeliveryState alert={alert} />
      <Button variant="link" size="inline" onClick={() => setOpen(true)}>
        {t('delivery.log')}
      </Button>
      {isOpen && <AlertDeliveriesSheet alertId={alert.id} title={textOf(alert).text} onClose={() => setOpen(false)} />}
    </div>
  )
}

function DeliveryState({ alert: { queued_at: queued, delivered_at: delivered } }: { alert: Alert }) {
  const { t } = useTranslation('alerts')
  const format = useFormat()
  if (delivered !== null) {
    return (
      <Badge tone="success" title={format.dateTime(delivered)}>
        {t('delivery.done')}
      </Badge>
    )
  }
  return queued === null ? <Badge>{t('delivery.none')}</Badge> : <Badge tone="warning">{t('delivery.waiting')}</Badge>
}
