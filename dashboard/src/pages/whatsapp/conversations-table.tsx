import { MessageCircle } from 'lucide-react'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { api, type Item, useChange } from '../../api/index.ts'
import { useCanEdit } from '../../auth/index.ts'
import { useFormat } from '../../format/index.ts'
import { ClientLink, ClientRows, columnsOf } from '../../table/index.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { toast } from '../../ui/toast.tsx'

type Conversation = Item<'GET /whatsapp/conversations'>

const column = columnsOf<Conversation>()

/** Who talks to the numbers, and who answers: the bot or a person. */
export function ConversationsTable({ client }: { client?: string }) {
  const { t } = useTranslation('whatsapp')
  const columns = useColumns(client === undefined)
  return (
    <ClientRows<Conversation>
      path="/api/admin/whatsapp/conversations"
      topic="config"
      client={client}
      label={t('conversations.title')}
      columns={columns}
      filter={{
        name: 'status',
        label: t('conversations.who'),
        options: (['bot', 'human'] as const).map((value) => ({ value, label: t(`conversations.${value}`) })),
      }}
      empty={<EmptyState icon={MessageCircle} title={t('conversations.empty')} text={t('conversations.emptyText')} />}
    />
  )
}

function useColumns(hasClient: boolean) {
  const { t } = useTranslation('whatsapp')
  const format = useFormat()
  const canEdit = useCanEdit()
  return useMemo(
    () =>
      column.columns([
        column.accessor('phone', {
          header: t('messages.phone'),
          meta: { isTitle: true },
          cell: ({ row: { original: one } }) => (
            <span className="inline-flex flex-wrap items-center gap-2">
              <span className="whitespace-nowrap">{one.phone ?? '–'}</span>
              {!one.is_open && <Badge title={t('conversations.closedText')}>{t('conversations.closed')}</Badge>}
            </span>
          ),
        }),
        ...(hasClient
          ? [
              column.accessor('client', {
                header: t('messages.client'),
                cell: (cell) => <ClientLink slug={cell.getValue()} tab="conversations" />,
              }),
            ]
          : []),
        column.display({
          id: 'last',
          header: t('conversations.last'),
          cell: ({ row: { original: one } }) => <LastMessage of={one} />,
        }),
        column.accessor('last_at', {
          header: t('messages.when'),
          cell: (cell) => <span className="md:whitespace-nowrap">{format.dateTime(cell.getValue())}</span>,
        }),
        column.accessor('status', {
          header: t('conversations.who'),
          cell: (cell) => <Badge tone={cell.getValue() === 'human' ? 'warning' : 'success'}>{t(`conversations.${cell.getValue()}`)}</Badge>,
        }),
        ...(canEdit
          ? [column.display({ id: 'act', header: t('conversations.act'), cell: ({ row }) => <HandOver conversation={row.original} /> })]
          : []),
      ]),
    [t, format, canEdit, hasClient],
  )
}

function LastMessage({ of: { last_message: message } }: { of: Conversation }) {
  const { t } = useTranslation('whatsapp')
  if (message === null) return <span className="text-muted-foreground">–</span>
  return (
    <p className="max-w-md min-w-0 break-words md:line-clamp-2">
      {message.direction === 'out' && <span className="text-muted-foreground">{t('conversations.us')} </span>}
      {message.text === null ? t('messages.noText', { kind: message.kind }) : <span translate="no">{message.text}</span>}
    </p>
  )
}

function HandOver({ conversation: { id, phone, status } }: { conversation: Conversation }) {
  const { t } = useTranslation('whatsapp')
  const to = status === 'bot' ? 'human' : 'bot'
  const change = useChange(['config'], () => api.patch(`/api/admin/whatsapp/conversations/${id}`, { status: to }))
  return (
    <ConfirmDialog
      trigger={
        <Button variant="secondary" size="sm" aria-label={`${t(`conversations.to.${to}`)}: ${phone ?? ''}`}>
          {t(`conversations.to.${to}`)}
        </Button>
      }
      isDanger={false}
      title={t(`conversations.toTitle.${to}`, { phone: phone ?? '' })}
      description={t(`conversations.toText.${to}`)}
      action={t(`conversations.to.${to}`)}
      onConfirm={() => change.mutateAsync().then(() => toast.success(t(`conversations.done.${to}`)))}
    />
  )
}
