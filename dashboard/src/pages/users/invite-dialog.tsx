import { type FormEvent, useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Answer, ApiError, api, useChange } from '../../api/index.ts'
import { useFormat } from '../../format/index.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorNote, useErrorText } from '../../ui/error-state.tsx'
import { FormField } from '../../ui/form-field.tsx'
import { Input } from '../../ui/input.tsx'
import { LinkOnce } from './link-once.tsx'
import { RoleFields, type RoleWish } from './role-fields.tsx'

type Made = Answer<'POST /invitations'>

export function InviteDialog({ isOpen, onOpenChange }: { isOpen: boolean; onOpenChange(isOpen: boolean): void }) {
  const { t } = useTranslation('users')
  const format = useFormat()
  const [made, setMade] = useState<Made>()
  const close = (open: boolean) => {
    setMade(undefined)
    onOpenChange(open)
  }
  if (!made) return isOpen ? <InviteForm onClose={() => close(false)} onMade={setMade} /> : null
  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={close}
      title={t('invite.doneTitle')}
      footer={<Button onClick={() => close(false)}>{t('invite.done')}</Button>}
    >
      <LinkOnce
        link={made.link}
        label={t('invite.link')}
        text={t('invite.doneText', { email: made.email, until: format.dateTime(made.expires_at) })}
      />
    </Dialog>
  )
}

function InviteForm({ onClose, onMade }: { onClose(): void; onMade(made: Made): void }) {
  const { t } = useTranslation('users')
  const { t: common } = useTranslation()
  const form = useId()
  const errorText = useErrorText()
  const [email, setEmail] = useState('')
  const [wish, setWish] = useState<RoleWish>({ role: 'viewer' })
  const [isChecked, setChecked] = useState(false)
  const invite = useChange(['config'], () => api.post<Made>('/api/admin/invitations', { email: email.trim(), ...wish }))
  const isEmailWrong = !/^\S+@\S+\.\S+$/.test(email.trim())
  const isClientMissing = wish.role === 'client' && wish.client === undefined
  const isTaken = invite.error instanceof ApiError && invite.error.details.reason === 'user_exists'
  const send = async (event: FormEvent) => {
    event.preventDefault()
    setChecked(true)
    if (isEmailWrong || isClientMissing) return
    await invite.mutateAsync().then(onMade, () => {})
  }
  const emailError = isChecked && isEmailWrong ? t('invite.emailInvalid') : isTaken ? errorText(invite.error) : undefined
  return (
    <Dialog
      isOpen
      onOpenChange={onClose}
      title={t('invite.title')}
      description={t('invite.text')}
      footer={
        <>
          <Button variant="secondary" onClick={onClose}>
            {common('actions.cancel')}
          </Button>
          <Button type="submit" form={form} isBusy={invite.isPending}>
            {t('invite.submit')}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={send} noValidate className="space-y-5">
        <FormField label={t('invite.email')} error={emailError}>
          {(control) => (
            <Input
              {...control}
              type="email"
              autoComplete="off"
              maxLength={200}
              value={email}
              onChange={(event) => {
                setEmail(event.target.value)
                invite.reset()
              }}
            />
          )}
        </FormField>
        <RoleFields value={wish} onChange={setWish} error={isChecked && isClientMissing ? common('form.required') : undefined} />
        {invite.error && !isTaken && <ErrorNote error={invite.error} />}
      </form>
    </Dialog>
  )
}
