import { MessageCircle } from 'lucide-react'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Item } from '../../api/index.ts'
import { useFormat } from '../../format/index.ts'
import { ClientFilter, columnsOf, DataTable, ListFilter, useList } from '../../table/index.ts'
import { Badge } from '../../ui/badge.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'

type Message = Item<'GET /whatsapp/messages'>

const column = columnsOf<Message>()

export function MessagesTable() {
  const { t } = useTranslation('whatsapp')
  const list = useList<Message>('/api/admin/whatsapp/messages', { topic: 'config', filters: ['direction', 'client'] })
  const columns = useColumns()
  return (
    <section className="space-y-4">
      <p className="text-sm text-muted-foreground">{t('messages.text')}</p>
      <DataTable
        label={t('messages.title')}
        list={list}
        columns={columns}
        rowId={(row) => row.id}
        filters={
          <>
            <ListFilter
              list={list}
              name="direction"
              label={t('messages.direction')}
              options={(['in', 'out'] as const).map((value) => ({ value, label: t(`messages.${value}`) }))}
            />
            <ClientFilter list={list} />
          </>
        }
        empty={<EmptyState icon={MessageCircle} title={t('messages.empty')} text={t('messages.emptyText')} />}
      />
    </section>
  )
}

function useColumns() {
  const { t } = useTranslation('whatsapp')
  const format = useFormat()
  return useMemo(
    () =>
      column.columns([
        column.accessor('created_at', {
          header: t('messages.when'),
          meta: { isTitle: true },
          cell: (cell) => <span className="whitespace-nowrap">{format.dateTime(cell.getValue())}</span>,
        }),
        column.accessor('client', {
          header: t('messages.client'),
          cell: (cell) => (
            <Link to={`/clients/${cell.getValue()}`} className="md:whitespace-nowrap underline-offset-4 hover:underline">
              {cell.getValue()}
            </Link>
          ),
        }),
        column.accessor('phone', {
          header: t('messages.phone'),
          cell: (cell) => <span className="whitespace-nowrap">{cell.getValue() ?? '–'}</span>,
        }),
        column.accessor('text', {
          header: t('messages.message'),
          cell: ({ row: { original: message } }) => (
            <div className="max-w-md min-w-0">
              <p className="break-words whitespace-pre-line">
                {message.text === null ? t('messages.noText', { kind: message.kind }) : <span translate="no">{message.text}</span>}
              </p>
              {message.handled_by === 'human' && <p className="text-muted-foreground">{t('messages.human')}</p>}
            </div>
          ),
        }),
        column.accessor('direction', {
          header: t('messages.direction'),
          cell: ({ row: { original: message } }) => (
            <Badge tone={message.status === 'failed' ? 'danger' : message.direction === 'in' ? 'accent' : 'neutral'}>
              {message.status === 'failed' ? t('messages.failed') : t(`messages.${message.direction}`)}
            </Badge>
          ),
        }),
      ]),
    [t, format],
  )
}
