import { BellRing } from 'lucide-react'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { type Alert, alertKinds, alertTones, deliveryTones } from '../../alerts/index.ts'
import { useFormat } from '../../format/index.ts'
import { AlertDeliveriesSheet } from '../../notifications/index.ts'
import { ClientLink, ClientRows, columnsOf } from '../../table/index.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { useAlertWords } from './use-alert-words.ts'

const column = columnsOf<Alert>()

/** What was told of one client, or of all and of the gateway itself. Times are the client's where it is one. */
export function AlertsList({ client }: { client?: { slug: string; time_zone: string } }) {
  const { t } = useTranslation('alerts')
  const columns = useColumns(client)
  return (
    <ClientRows<Alert>
      path="/api/admin/alerts"
      topic="alerts"
      client={client?.slug}
      label={t('title')}
      columns={columns}
      filter={{ name: 'kind', label: t('kind'), options: alertKinds.map((value) => ({ value, label: t(`kinds.${value}`) })) }}
      empty={<EmptyState icon={BellRing} title={t('empty')} text={t('emptyText')} action={client === undefined && <ToClients />} />}
    />
  )
}

function useColumns(client: { time_zone: string } | undefined) {
  const { t } = useTranslation(['alerts', 'common'])
  const format = useFormat(client?.time_zone)
  const isOfAll = client === undefined
  return useMemo(
    () =>
      column.columns([
        column.accessor('kind', {
          header: t('kind'),
          cell: (cell) => <Badge tone={alertTones[cell.getValue()]}>{t(`kinds.${cell.getValue()}`)}</Badge>,
        }),
        ...(isOfAll
          ? [column.accessor('client', { header: t('common:table.client'), cell: (cell) => <ClientLink slug={cell.getValue()} /> })]
          : []),
        column.display({ id: 'what', header: t('what'), meta: { isTitle: true }, cell: ({ row }) => <Words alert={row.original} /> }),
        column.accessor('created_at', {
          header: t('when'),
          cell: (cell) => <span className="md:whitespace-nowrap">{format.dateTime(cell.getValue())}</span>,
        }),
        column.accessor('delivery', { header: t('delivery.title'), cell: ({ row }) => <Delivery alert={row.original} /> }),
      ]),
    [t, format, isOfAll],
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
      <Badge tone={deliveryTones[alert.delivery]} title={t(`deliveryTexts.${alert.delivery}`)}>
        {t(`delivery.${alert.delivery}`)}
      </Badge>
      <Button variant="link" size="inline" onClick={() => setOpen(true)}>
        {t('delivery.log')}
      </Button>
      {isOpen && <AlertDeliveriesSheet alertId={alert.id} title={textOf(alert).text} onClose={() => setOpen(false)} />}
    </div>
  )
}
