import { MessageCircle } from 'lucide-react'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Item } from '../../api/index.ts'
import { useFormat } from '../../format/index.ts'
import { ClientLink, ClientRows, columnsOf } from '../../table/index.ts'
import { Badge } from '../../ui/badge.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'

type Message = Item<'GET /whatsapp/messages'>

const column = columnsOf<Message>()

export function MessagesTable() {
  const { t } = useTranslation('whatsapp')
  const columns = useColumns()
  return (
    <section className="space-y-4">
      <p className="text-sm text-muted-foreground">{t('messages.text')}</p>
      <ClientRows<Message>
        path="/api/admin/whatsapp/messages"
        topic="config"
        client={undefined}
        label={t('messages.title')}
        columns={columns}
        filter={{
          name: 'direction',
          label: t('messages.direction'),
          gender: 'feminine',
          options: (['in', 'out'] as const).map((value) => ({ value, label: t(`messages.${value}`) })),
        }}
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
          cell: (cell) => <ClientLink slug={cell.getValue()} />,
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
