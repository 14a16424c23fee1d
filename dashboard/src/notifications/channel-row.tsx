import { EllipsisVertical } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { type Answer, api, type Body, useChange } from '../api/index.ts'
import { useCanEdit } from '../auth/index.ts'
import { useFormat } from '../format/index.ts'
import { languages } from '../i18n/languages.ts'
import { Badge } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { DropdownMenu, DropdownMenuContent, DropdownMenuItem, DropdownMenuSeparator, DropdownMenuTrigger } from '../ui/dropdown-menu.tsx'
import { ErrorNote } from '../ui/error-state.tsx'
import { Notice } from '../ui/notice.tsx'
import { toast } from '../ui/toast.tsx'
import { type Channel, channelPath, signs } from './channel.ts'
import { ChannelDeliveriesSheet } from './channel-deliveries-sheet.tsx'
import { ChannelDialog } from './channel-dialog.tsx'
import { ErrorDetail, useDeliveryError } from './delivery-error.tsx'

type Act = 'log' | 'edit' | 'renew' | 'remove'

interface ChannelRowProps {
  channel: Channel
  /** Whether the list is of several owners. */
  hasOwner: boolean
  onSecret(secret: string): void
}

export function ChannelRow({ channel, hasOwner, onSecret }: ChannelRowProps) {
  const { t } = useTranslation('notifications')
  const canEdit = useCanEdit()
  const [act, setAct] = useState<Act>()
  const change = useChange(['config'], (body: Body<'PATCH /notification-channels/:id'>) => api.patch(channelPath(channel.id), body))
  const test = useChange(['config'], () => api.post<Answer<'POST /notification-channels/:id/test'>>(`${channelPath(channel.id)}/test`))
  const errorText = useDeliveryError()
  const Sign = signs[channel.kind]
  const runTest = () =>
    test.mutate(undefined, { onSuccess: ({ delivered }) => delivered && toast.success(t('tested', { address: channel.address })) })
  const toggle = () =>
    change.mutate({ active: !channel.active }, { onSuccess: () => void toast.success(t(channel.active ? 'turnedOff' : 'turnedOn')) })
  return (
    <li className="space-y-3 py-4 first:pt-0 last:pb-0">
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-2">
        <div className="flex min-w-0 flex-1 basis-64 gap-3">
          <Sign className="mt-0.5 size-5 shrink-0 text-muted-foreground" aria-hidden />
          <div className="min-w-0 space-y-1">
            <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
              <span className="font-medium break-all">{channel.address}</span>
              <StateBadge channel={channel} />
            </p>
            <Facts channel={channel} hasOwner={hasOwner} />
          </div>
        </div>
        <div className="flex gap-1">
          {canEdit && (
            <Button variant="secondary" size="sm" isBusy={test.isPending} aria-label={`${t('test')}: ${channel.address}`} onClick={runTest}>
              {t('test')}
            </Button>
          )}
          <ChannelMenu channel={channel} canEdit={canEdit} onAct={setAct} onToggle={toggle} />
        </div>
      </div>
      {test.data?.delivered === false && (
        <Notice tone="danger">
          <p>{t('testFailed', { error: errorText(test.data) })}</p>
          <ErrorDetail {...test.data} />
        </Notice>
      )}
      {(test.error ?? change.error) && <ErrorNote error={test.error ?? change.error} />}
      {channel.last_error !== null && channel.active && <LastError channel={channel} />}
      <ChannelActs channel={channel} act={act} onClose={() => setAct(undefined)} onSecret={onSecret} />
    </li>
  )
}

function StateBadge({ channel: { active, failing } }: { channel: Channel }) {
  const { t } = useTranslation('notifications')
  if (!active) return <Badge>{t('state.off')}</Badge>
  return failing ? <Badge tone="danger">{t('state.failing')}</Badge> : <Badge tone="success">{t('state.on')}</Badge>
}

function LastError({ channel: { last_error: error, last_error_code: code, failing_since: since } }: { channel: Channel }) {
  const { t } = useTranslation('notifications')
  const format = useFormat()
  const errorText = useDeliveryError()
  const failure = { error, error_code: code }
  return (
    <Notice tone="warning">
      <p>{t('failingSince', { when: since === null ? '' : format.dateTime(since), error: errorText(failure) })}</p>
      <ErrorDetail {...failure} />
    </Notice>
  )
}

function Facts({ channel, hasOwner }: { channel: Channel; hasOwner: boolean }) {
  const { t } = useTranslation(['notifications', 'alerts'])
  const { client, alert_kinds: kinds, locale, kind, signed, template_name: template, follows_client: follows } = channel
  const facts = [
    t(`kinds.${kind}`),
    kinds === null ? t('allAlerts') : kinds.map((one) => t(`alerts:kinds.${one}`)).join(', '),
    ...(locale === null ? [] : [languages[locale]]),
    ...(kind === 'webhook' ? [signed ? t('signed') : t('unsigned')] : []),
    ...(template === null ? [] : [t('byTemplate', { name: template })]),
    ...(follows ? [t('follows')] : []),
  ]
  return (
    <p className="text-sm break-words text-muted-foreground">
      {hasOwner && (
        <>
          {client === null ? (
            t('operator')
          ) : (
            <Link to={`/clients/${client}?tab=alerts`} className="underline underline-offset-4">
              {client}
            </Link>
          )}
          {' · '}
        </>
      )}
      {facts.join(' · ')}
    </p>
  )
}

interface ChannelMenuProps {
  channel: Channel
  canEdit: boolean
  onAct(act: Act): void
  onToggle(): void
}

function ChannelMenu({ channel, canEdit, onAct, onToggle }: ChannelMenuProps) {
  const { t } = useTranslation('notifications')
  return (
    <DropdownMenu modal={false}>
      <DropdownMenuTrigger asChild>
        <Button variant="ghost" size="icon" aria-label={t('menu.open', { address: channel.address })}>
          <EllipsisVertical aria-hidden />
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent>
        <DropdownMenuItem onSelect={() => onAct('log')}>{t('menu.log')}</DropdownMenuItem>
        {canEdit && (
          <>
            <DropdownMenuItem onSelect={() => onAct('edit')}>{t('menu.edit')}</DropdownMenuItem>
            <DropdownMenuItem onSelect={onToggle}>{channel.active ? t('menu.turnOff') : t('menu.turnOn')}</DropdownMenuItem>
            {channel.kind === 'webhook' && <DropdownMenuItem onSelect={() => onAct('renew')}>{t('menu.renew')}</DropdownMenuItem>}
            {!channel.follows_client && (
              <>
                <DropdownMenuSeparator />
                <DropdownMenuItem isDanger onSelect={() => onAct('remove')}>
                  {t('menu.remove')}
                </DropdownMenuItem>
              </>
            )}
          </>
        )}
      </DropdownMenuContent>
    </DropdownMenu>
  )
}

interface ChannelActsProps {
  channel: Channel
  act: Act | undefined
  onClose(): void
  onSecret(secret: string): void
}

/** What the menu leads to. */
function ChannelActs({ channel, act, onClose, onSecret }: ChannelActsProps) {
  const { t } = useTranslation('notifications')
  const path = channelPath(channel.id)
  const remove = useChange(['config'], () => api.delete(path))
  const renew = useChange(['config'], () => api.post<Answer<'POST /notification-channels/:id/secret'>>(`${path}/secret`))
  if (act === 'log') return <ChannelDeliveriesSheet channel={channel} onClose={onClose} />
  if (act === 'edit') return <ChannelDialog client={channel.client ?? undefined} channel={channel} onClose={onClose} onSecret={onSecret} />
  const confirm = { isOpen: true, onOpenChange: (isOpen: boolean) => !isOpen && onClose() }
  if (act === 'renew') {
    return (
      <ConfirmDialog
        {...confirm}
        title={t('renew.title')}
        description={t('renew.text')}
        action={t('menu.renew')}
        onConfirm={() => renew.mutateAsync().then(({ secret }) => onSecret(secret))}
      />
    )
  }
  if (act !== 'remove') return null
  return (
    <ConfirmDialog
      {...confirm}
      title={t('remove.title', { address: channel.address })}
      description={t('remove.text')}
      action={t('menu.remove')}
      onConfirm={() => remove.mutateAsync().then(() => toast.success(t('remove.done')))}
    />
  )
}
