import { EllipsisVertical } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, type Body, useChange } from '../../api/index.ts'
import { useCanEdit } from '../../auth/index.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { DropdownMenu, DropdownMenuContent, DropdownMenuItem, DropdownMenuSeparator, DropdownMenuTrigger } from '../../ui/dropdown-menu.tsx'
import { toast } from '../../ui/toast.tsx'
import type { Channel } from './channel.ts'
import { ConnectDialog } from './connect-dialog.tsx'
import { SettingsDialog } from './settings-dialog.tsx'
import { ToolsDialog } from './tools-dialog.tsx'

type Act = 'settings' | 'tools' | 'renew' | 'turnOff' | 'turnOn' | 'remove'

/** What may be done with a number; readers may only look at how it answers. */
export function ChannelActs({ channel }: { channel: Channel }) {
  const { t } = useTranslation('whatsapp')
  const canEdit = useCanEdit()
  const [act, setAct] = useState<Act>()
  const item = (name: Act, isDanger = false) => (
    <DropdownMenuItem isDanger={isDanger} onSelect={() => setAct(name)}>
      {t(`menu.${name}`)}
    </DropdownMenuItem>
  )
  return (
    <>
      <DropdownMenu modal={false}>
        <DropdownMenuTrigger asChild>
          <Button variant="ghost" size="icon" aria-label={t('menu.open', { number: channel.phone ?? channel.phone_number_id })}>
            <EllipsisVertical aria-hidden />
          </Button>
        </DropdownMenuTrigger>
        <DropdownMenuContent>
          {item('settings')}
          {item('tools')}
          {canEdit && (
            <>
              {item('renew')}
              {channel.is_active ? item('turnOff') : item('turnOn')}
              <DropdownMenuSeparator />
              {item('remove', true)}
            </>
          )}
        </DropdownMenuContent>
      </DropdownMenu>
      {act !== undefined && <Chosen channel={channel} act={act} onClose={() => setAct(undefined)} />}
    </>
  )
}

function Chosen({ channel, act, onClose }: { channel: Channel; act: Act; onClose(): void }) {
  const { t } = useTranslation('whatsapp')
  const path = `/api/admin/whatsapp/channels/${channel.id}`
  const change = useChange(['config'], (body: Body<'PATCH /whatsapp/channels/:channel'>) => api.patch(path, body))
  const remove = useChange(['config'], () => api.delete(path))
  if (act === 'settings') return <SettingsDialog channel={channel} onClose={onClose} />
  if (act === 'tools') return <ToolsDialog channel={channel} onClose={onClose} />
  if (act === 'renew') return <ConnectDialog client={channel.client} phoneNumberId={channel.phone_number_id} onClose={onClose} />
  const run = () => (act === 'remove' ? remove.mutateAsync() : change.mutateAsync({ is_active: act === 'turnOn' }))
  return (
    <ConfirmDialog
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
      isDanger={act !== 'turnOn'}
      title={t(`${act}.title`, { number: channel.phone ?? channel.phone_number_id })}
      description={t(`${act}.text`)}
      action={t(`menu.${act}`)}
      onConfirm={() => run().then(() => toast.success(t(`${act}.done`)))}
    />
  )
}
