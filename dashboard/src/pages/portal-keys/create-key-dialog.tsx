import { type FormEvent, useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, type PortalAnswer, useChange } from '../../api/index.ts'
import { rangeOf, useFormat } from '../../format/index.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorNote } from '../../ui/error-state.tsx'
import { FormField } from '../../ui/form-field.tsx'
import { Input } from '../../ui/input.tsx'
import { SecretField } from '../../ui/secret-field.tsx'

type Made = PortalAnswer<'POST /keys'>

export function CreateKeyDialog({ onClose }: { onClose(): void }) {
  const { t } = useTranslation('portalKeys')
  const [made, setMade] = useState<Made>()
  if (!made) return <CreateKeyForm onClose={onClose} onMade={setMade} />
  return (
    <Dialog
      isOpen
      onOpenChange={onClose}
      title={t('create.doneTitle')}
      description={t('create.doneText')}
      footer={<Button onClick={onClose}>{t('create.done')}</Button>}
    >
      <SecretField value={made.key} label={t('create.key')} />
    </Dialog>
  )
}

function CreateKeyForm({ onClose, onMade }: { onClose(): void; onMade(made: Made): void }) {
  const { t } = useTranslation('portalKeys')
  const { t: common } = useTranslation()
  const { zone } = useFormat()
  const form = useId()
  const [name, setName] = useState('')
  const [day, setDay] = useState('')
  const [isChecked, setChecked] = useState(false)
  const create = useChange(['config'], () =>
    api.post<Made>('/api/portal/keys', { name: name.trim(), ...(day !== '' && { expires_at: day }) }),
  )
  const isNameMissing = name.trim() === ''
  const isPast = day !== '' && day <= rangeOf('today', zone).to
  const send = async (event: FormEvent) => {
    event.preventDefault()
    setChecked(true)
    if (isNameMissing || isPast) return
    await create.mutateAsync().then(onMade, () => {})
  }
  return (
    <Dialog
      isOpen
      onOpenChange={onClose}
      title={t('create.title')}
      description={t('create.text')}
      footer={
        <>
          <Button variant="secondary" onClick={onClose}>
            {common('actions.cancel')}
          </Button>
          <Button type="submit" form={form} isBusy={create.isPending}>
            {t('create.submit')}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={send} noValidate className="space-y-5">
        <FormField
          label={t('create.name')}
          hint={t('create.nameHint')}
          error={isChecked && isNameMissing ? common('form.required') : undefined}
        >
          {(control) => <Input {...control} maxLength={200} value={name} onChange={(event) => setName(event.target.value)} />}
        </FormField>
        <FormField
          label={t('create.expires')}
          isOptional
          hint={t('create.expiresHint')}
          error={isChecked && isPast ? t('create.expiresPast') : undefined}
        >
          {(control) => <Input {...control} type="date" value={day} onChange={(event) => setDay(event.target.value)} />}
        </FormField>
        {create.error && <ErrorNote error={create.error} />}
      </form>
    </Dialog>
  )
}
