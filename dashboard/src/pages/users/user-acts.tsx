import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Answer, api, useChange } from '../../api/index.ts'
import { useFormat } from '../../format/index.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { toast } from '../../ui/toast.tsx'
import { LinkOnce } from './link-once.tsx'
import { RoleDialog } from './role-dialog.tsx'
import { SessionsDialog } from './sessions-dialog.tsx'
import type { UserAct, UserRow } from './user-menu.tsx'

export interface UserActsProps {
  user: UserRow
  /** `enable` undoes, so it asks nothing: see `useEnable`. */
  act: Exclude<UserAct, 'enable'>
  onClose(): void
}

/** What a row's menu leads to: a dialog, or the question before what cannot be undone. */
export function UserActs({ user, act, onClose }: UserActsProps) {
  if (act === 'sessions') return <SessionsDialog user={user} onClose={onClose} />
  if (act === 'changeRole') return <RoleDialog user={user} onClose={onClose} />
  if (act === 'resetLink') return <ResetLink user={user} onClose={onClose} />
  return <Confirmed user={user} act={act} onClose={onClose} />
}

const requests = {
  disable: (path: string) => api.post(`${path}/disable`),
  remove: (path: string) => api.delete(path),
  removeTwoFactor: (path: string) => api.delete(`${path}/two-factor`),
}

function Confirmed({ user, act, onClose }: Omit<UserActsProps, 'act'> & { act: keyof typeof requests }) {
  const { t } = useTranslation('users')
  const change = useChange(['config', 'session'], () => requests[act](`/api/admin/users/${user.id}`))
  const { name } = user
  return (
    <ConfirmDialog
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={t(`${act}.title`, { name })}
      description={t(`${act}.text`)}
      action={t(`${act}.action`)}
      onConfirm={() => change.mutateAsync().then(() => toast.success(t(`${act}.done`, { name })))}
    />
  )
}

function ResetLink({ user, onClose }: Omit<UserActsProps, 'act'>) {
  const { t } = useTranslation('users')
  const format = useFormat()
  const [made, setMade] = useState<Answer<'POST /users/:user/reset-link'>>()
  const isMade = useRef(false)
  const make = useChange(['config'], () => api.post<Answer<'POST /users/:user/reset-link'>>(`/api/admin/users/${user.id}/reset-link`))
  if (!made) {
    return (
      <ConfirmDialog
        isOpen
        // Closed by having worked, it makes room for the link.
        onOpenChange={(isOpen) => !isOpen && !isMade.current && onClose()}
        isDanger={false}
        title={t('reset.title', { name: user.name })}
        description={t('reset.text')}
        action={t('reset.action')}
        onConfirm={() =>
          make.mutateAsync().then((link) => {
            isMade.current = true
            setMade(link)
          })
        }
      />
    )
  }
  return (
    <Dialog isOpen onOpenChange={onClose} title={t('reset.doneTitle')} footer={<Button onClick={onClose}>{t('invite.done')}</Button>}>
      <LinkOnce
        link={made.link}
        label={t('reset.link')}
        text={t('reset.doneText', { email: made.email, until: format.dateTime(made.expires_at) })}
      />
    </Dialog>
  )
}
