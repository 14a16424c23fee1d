import { type FormEvent, useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Answer, api, useChange } from '../../api/index.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorNote } from '../../ui/error-state.tsx'
import { toast } from '../../ui/toast.tsx'
import { RoleFields, type RoleWish } from './role-fields.tsx'
import { useRoleText } from './use-role-text.ts'
import type { UserRow } from './user-menu.tsx'

/** Another role, or another client. */
export function RoleDialog({ user, onClose }: { user: UserRow; onClose(): void }) {
  const { t } = useTranslation('users')
  const { t: common } = useTranslation()
  const form = useId()
  const roleText = useRoleText()
  const [wish, setWish] = useState<RoleWish>({ role: user.role, ...(user.client !== null && { client: user.client }) })
  const [isChecked, setChecked] = useState(false)
  const change = useChange(['config', 'session'], () => api.put<Answer<'PUT /users/:user/role'>>(`/api/admin/users/${user.id}/role`, wish))
  const isClientMissing = wish.role === 'client' && wish.client === undefined
  const save = async (event: FormEvent) => {
    event.preventDefault()
    setChecked(true)
    if (isClientMissing) return
    const changed = await change.mutateAsync().catch(() => undefined)
    if (!changed) return
    toast.success(t('changeRole.done', { name: user.name, role: roleText(changed) }))
    onClose()
  }
  return (
    <Dialog
      isOpen
      onOpenChange={onClose}
      title={t('changeRole.title', { name: user.name })}
      description={t('changeRole.text')}
      footer={
        <>
          <Button variant="secondary" onClick={onClose}>
            {common('actions.cancel')}
          </Button>
          <Button type="submit" form={form} isBusy={change.isPending}>
            {common('actions.save')}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={save} noValidate className="space-y-5">
        <RoleFields value={wish} onChange={setWish} error={isChecked && isClientMissing ? common('form.required') : undefined} />
        {change.error && <ErrorNote error={change.error} />}
      </form>
    </Dialog>
  )
}
