import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Answer, api, type Body, useChange } from '../api/index.ts'
import { languages } from '../i18n/languages.ts'
import { ClientPicker } from '../pickers/client-picker.tsx'
import { FormDialog } from '../ui/form-dialog.tsx'
import { FormField } from '../ui/form-field.tsx'
import { Input } from '../ui/input.tsx'
import { RadioCards } from '../ui/radio-cards.tsx'
import { Select } from '../ui/select.tsx'
import { toast } from '../ui/toast.tsx'
import { addressProblem, type Channel, channelPath, channelsPath, type Kind } from './channel.ts'
import { type ChannelField, type ChannelForm, channelProblems, toChange, toChannelForm, toNewChannel } from './channel-form.ts'
import { KindsField } from './kinds-field.tsx'
import { TemplateFields } from './template-fields.tsx'

interface ChannelDialogProps {
  /** Whose page it is on; undefined: it is chosen here. */
  client: string | undefined
  /** The one to be changed; undefined adds one. */
  channel?: Channel
  onClose(): void
  onSecret(secret: string): void
}

const offered = ['email', 'webhook', 'whatsapp'] as const satisfies readonly Kind[]
const inputs = { email: 'email', webhook: 'url', whatsapp: 'tel' } as const

/** What is typed, what is wrong with it, and saving it. */
function useChannelForm({ client, channel, onSecret }: ChannelDialogProps) {
  const { t } = useTranslation('notifications')
  const [form, setForm] = useState(() => toChannelForm(client, channel))
  const [wasSent, setSent] = useState(false)
  const add = useChange(['config'], (body: Body<'POST /notification-channels'>) =>
    api.post<Answer<'POST /notification-channels'>>(channelsPath, body),
  )
  const save = useChange(['config'], (body: Body<'PATCH /notification-channels/:id'>) => api.patch(channelPath(channel?.id ?? ''), body))
  const problems = channelProblems(form)
  return {
    form,
    change: (part: Partial<ChannelForm>) => setForm({ ...form, ...part }),
    isWrong: (field: ChannelField) => wasSent && problems.has(field),
    async submit() {
      setSent(true)
      if (problems.size > 0) return false
      if (channel) {
        await save.mutateAsync(toChange(form, channel))
        toast.success(t('saved'))
        return true
      }
      const { secret } = await add.mutateAsync(toNewChannel(form))
      toast.success(t('added'))
      if (secret !== null) onSecret(secret)
      return true
    },
  }
}

export function ChannelDialog(props: ChannelDialogProps) {
  const { client, channel, onClose } = props
  const { t } = useTranslation(['notifications', 'common'])
  const { form, change, isWrong, submit } = useChannelForm(props)
  const isClients = form.owner !== ''
  return (
    <FormDialog
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={channel ? t('edit') : t('add')}
      submit={channel ? t('common:actions.save') : t('add')}
      onSubmit={submit}
    >
      {!channel && client === undefined && (
        <FormField label={t('owner')} hint={t('ownerText')}>
          {(control) => (
            <ClientPicker control={control} value={form.owner} onChange={(owner) => change({ owner })} noneLabel={t('operatorLong')} />
          )}
        </FormField>
      )}
      {!channel && (
        <RadioCards<Kind>
          label={t('kind')}
          value={form.kind}
          onValueChange={(kind) => change({ kind })}
          options={offered.map((value) => ({ value, label: t(`kinds.${value}`), text: t(`kindTexts.${value}`) }))}
        />
      )}
      <AddressField form={form} change={change} isWrong={isWrong('address')} isFixed={channel?.follows_client === true} />
      {form.kind === 'whatsapp' && <TemplateFields value={form.template} onChange={(template) => change({ template })} isWrong={isWrong} />}
      <KindsField chosen={form.kinds} onChange={(kinds) => change({ kinds })} isClients={isClients} isWrong={isWrong('kinds')} />
      <FormField label={t('language')}>
        {(control) => (
          <Select
            {...control}
            value={form.locale}
            onValueChange={(locale) => change({ locale: locale as ChannelForm['locale'] })}
            options={[
              { value: '', label: isClients ? t('languageOfClient') : t('languageOfOperator') },
              ...Object.entries(languages).map(([value, label]) => ({ value, label })),
            ]}
          />
        )}
      </FormField>
    </FormDialog>
  )
}

interface AddressFieldProps {
  form: ChannelForm
  change(part: Partial<ChannelForm>): void
  isWrong: boolean
  /** It is a column of the client's, and changed there. */
  isFixed: boolean
}

function AddressField({ form: { kind, address }, change, isWrong, isFixed }: AddressFieldProps) {
  const { t } = useTranslation('notifications')
  const problem = isWrong ? addressProblem(kind, address) : undefined
  return (
    <FormField label={t(`address.${kind}`)} hint={isFixed ? t('followsText') : undefined} error={problem && t(`wrong.${problem}`)}>
      {(control) => (
        <Input
          {...control}
          type={inputs[kind]}
          disabled={isFixed}
          placeholder={t(`examples.${kind}`)}
          autoComplete="off"
          value={address}
          onChange={(event) => change({ address: event.target.value })}
        />
      )}
    </FormField>
  )
}
