import { type ChangeEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Answer, api, type Body, useChange } from '../../api/index.ts'
import { ClientPicker } from '../../pickers/client-picker.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { FormDialog } from '../../ui/form-dialog.tsx'
import { FormField } from '../../ui/form-field.tsx'
import { Input } from '../../ui/input.tsx'
import { SecretField, SecretInput } from '../../ui/secret-field.tsx'
import { CallbackUrl } from './callback-url.tsx'
import { type ConnectForm, connectProblems, toConnection } from './connect-form.ts'

type Connected = Answer<'POST /whatsapp/channels'>

interface ConnectDialogProps {
  /** Whose page it is on; undefined: it is chosen here. */
  client?: string | undefined
  /** The number whose secrets are to be changed; undefined connects one. */
  phoneNumberId?: string
  onClose(): void
}

/** The form, then what Meta is to be told, this one time. */
export function ConnectDialog(props: ConnectDialogProps) {
  const [connected, setConnected] = useState<Connected>()
  if (connected) return <ConnectedDialog connected={connected} onClose={props.onClose} />
  return <ConnectFormDialog {...props} onConnected={setConnected} />
}

interface ConnectFormProps extends ConnectDialogProps {
  onConnected(connected: Connected): void
}

/** What is typed, what is wrong with it, and sending it. */
function useConnectForm({ client, phoneNumberId, onConnected }: ConnectFormProps) {
  const { t } = useTranslation('whatsapp')
  const [form, setForm] = useState<ConnectForm>({ owner: client ?? '', number: phoneNumberId ?? '', phone: '', token: '', secret: '' })
  const [wasSent, setSent] = useState(false)
  const connect = useChange(['config'], (body: Body<'POST /whatsapp/channels'>) =>
    api.post<Connected>('/api/admin/whatsapp/channels', body),
  )
  const problems = connectProblems(form)
  return {
    /** For a FormField. */
    problem: (field: 'owner' | 'number' | 'token' | 'secret') => (wasSent && problems.has(field) ? t(`connect.wrong.${field}`) : undefined),
    /** For a control whose change is its value. */
    owner: { value: form.owner, onChange: (owner: string) => setForm({ ...form, owner }) },
    /** For an input. */
    input: (field: 'number' | 'phone' | 'token' | 'secret') => ({
      value: form[field],
      autoComplete: 'off',
      onChange: (event: ChangeEvent<HTMLInputElement>) => setForm({ ...form, [field]: event.target.value }),
    }),
    async submit() {
      setSent(true)
      if (problems.size === 0) onConnected(await connect.mutateAsync(toConnection(form)))
      // It stays in either case: what comes next takes its place.
      return false
    },
  }
}

function ConnectFormDialog(props: ConnectFormProps) {
  const { client, phoneNumberId, onClose } = props
  const { t } = useTranslation('whatsapp')
  const form = useConnectForm(props)
  const isNew = phoneNumberId === undefined
  return (
    <FormDialog
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={isNew ? t('connect.title') : t('renew.title')}
      description={isNew ? t('connect.text') : t('renew.text')}
      submit={isNew ? t('connect.submit') : t('renew.submit')}
      onSubmit={form.submit}
    >
      {client === undefined && (
        <FormField label={t('connect.client')} error={form.problem('owner')}>
          {(control) => <ClientPicker control={control} {...form.owner} placeholder={t('connect.chooseClient')} />}
        </FormField>
      )}
      {isNew && <NumberFields form={form} />}
      <FormField label={t('connect.token')} hint={t('connect.tokenText')} error={form.problem('token')}>
        {(control) => <SecretInput {...control} {...form.input('token')} />}
      </FormField>
      <FormField label={t('connect.secret')} hint={t('connect.secretText')} error={form.problem('secret')}>
        {(control) => <SecretInput {...control} {...form.input('secret')} />}
      </FormField>
    </FormDialog>
  )
}

/** Which number it is; of one that is connected only the secrets change. */
function NumberFields({ form }: { form: ReturnType<typeof useConnectForm> }) {
  const { t } = useTranslation('whatsapp')
  return (
    <div className="grid items-start gap-4 sm:grid-cols-2">
      <FormField label={t('connect.number')} hint={t('connect.numberText')} error={form.problem('number')}>
        {(control) => <Input {...control} {...form.input('number')} inputMode="numeric" placeholder="106540352242922" />}
      </FormField>
      <FormField label={t('connect.phone')} isOptional hint={t('connect.phoneText')}>
        {(control) => <Input {...control} {...form.input('phone')} type="tel" maxLength={40} placeholder="+55 11 3333-4444" />}
      </FormField>
    </div>
  )
}

function ConnectedDialog({ connected, onClose }: { connected: Connected; onClose(): void }) {
  const { t } = useTranslation('whatsapp')
  return (
    <Dialog
      isOpen
      onOpenChange={onClose}
      title={t('connected.title')}
      description={t('connected.text')}
      size="lg"
      footer={<Button onClick={onClose}>{t('connected.done')}</Button>}
    >
      <div className="space-y-5">
        <CallbackUrl of={connected} />
        <section className="space-y-2">
          <h3 className="text-sm font-medium">{t('connected.token')}</h3>
          <SecretField value={connected.verify_token} label={t('connected.token')} hint={t('connected.tokenText')} />
        </section>
      </div>
    </Dialog>
  )
}
