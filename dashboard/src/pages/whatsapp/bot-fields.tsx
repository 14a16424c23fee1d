import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { type Answer, useApi } from '../../api/index.ts'
import type { whatsapp } from '../../i18n/pt-br/whatsapp.ts'
import { Checkbox } from '../../ui/checkbox.tsx'
import { FormField } from '../../ui/form-field.tsx'
import { Input, Textarea } from '../../ui/input.tsx'
import { NativeSelect } from '../../ui/native-select.tsx'
import { includeCurrent, useModelOptions } from '../client/use-model-options.ts'
import type { Form } from './bot-settings.ts'

interface FieldsProps {
  form: Form
  onChange(change: Partial<Form>): void
  isWrong(field: keyof Form): boolean
}

type TextField = Exclude<keyof (typeof whatsapp)['settings']['fields'], 'model' | 'handsOff'>

/** The fields whose hint says more than their label. */
interface TextFieldProps extends FieldsProps {
  field: TextField
  rows?: number
  isNumber?: boolean
  placeholder?: string
}

function TextField({ form, onChange, isWrong, field, rows, isNumber = false, placeholder }: TextFieldProps) {
  const { t } = useTranslation('whatsapp')
  const wrong: Partial<Record<string, string>> = t('settings.wrong', { returnObjects: true })
  const shared = { value: form[field], placeholder }
  return (
    <FormField label={t(`settings.fields.${field}`)} hint={t(`settings.hints.${field}`)} error={isWrong(field) ? wrong[field] : undefined}>
      {(control) =>
        rows === undefined ? (
          <Input
            {...control}
            {...shared}
            autoComplete="off"
            {...(isNumber && { inputMode: 'decimal' as const })}
            onChange={(event) => onChange({ [field]: event.target.value })}
          />
        ) : (
          <Textarea {...control} {...shared} rows={rows} onChange={(event) => onChange({ [field]: event.target.value })} />
        )
      }
    </FormField>
  )
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="space-y-4">
      <h3 className="border-b pb-2 font-medium">{title}</h3>
      {children}
    </section>
  )
}

/** What it says and by which model. */
export function AnswerFields({ client, ...props }: FieldsProps & { client: string }) {
  const { t } = useTranslation('whatsapp')
  const { form, onChange } = props
  const groups = useModelOptions(client, { withAliases: true })
  const none = { label: '', options: [{ value: '', label: t('settings.clientModel') }] }
  return (
    <Section title={t('settings.answers')}>
      <TextField {...props} field="prompt" rows={5} placeholder={t('settings.clientPrompt')} />
      <FormField label={t('settings.fields.model')}>
        {(control) => (
          <NativeSelect
            {...control}
            value={form.model}
            onValueChange={(model) => onChange({ model })}
            groups={[none, ...includeCurrent(groups, form.model)]}
          />
        )}
      </FormField>
      <div className="grid items-start gap-4 sm:grid-cols-2">
        <TextField {...props} field="pauseSeconds" isNumber />
        <TextField {...props} field="historyTokens" isNumber />
      </div>
      <TranscriptionField {...props} />
    </Section>
  )
}

function TranscriptionField({ form, onChange }: FieldsProps) {
  const { t } = useTranslation('whatsapp')
  const models = useApi<Answer<'GET /models'>>('config', '/api/admin/models', { api_type: 'transcription', is_active: true, limit: 1_000 })
  const names = [...new Set([form.transcription, ...(models.data?.items ?? []).map(({ gateway_identifier: name }) => name)])]
  return (
    <FormField label={t('settings.fields.transcription')} hint={t('settings.hints.transcription')}>
      {(control) => (
        <NativeSelect
          {...control}
          value={form.transcription}
          onValueChange={(transcription) => onChange({ transcription })}
          groups={[{ label: '', options: names.toSorted().map((name) => ({ value: name, label: name })) }]}
        />
      )}
    </FormField>
  )
}

/** What a contact may use and is told, and who may ask for the balance. */
export function ContactFields(props: FieldsProps) {
  const { t } = useTranslation('whatsapp')
  return (
    <Section title={t('settings.contacts')}>
      <TextField {...props} field="contactTokens" isNumber placeholder={t('settings.noLimit')} />
      <TextField {...props} field="notice" rows={2} placeholder={t('settings.ownWords')} />
      <div className="grid items-start gap-4 sm:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
        <TextField {...props} field="template" placeholder={t('settings.noTemplate')} />
        <TextField {...props} field="templateLanguage" />
      </div>
      <TextField {...props} field="admins" rows={3} placeholder="+55 11 99999-0001" />
    </Section>
  )
}

/** When a person takes over, and what is said then. */
export function HandOffFields(props: FieldsProps) {
  const { t } = useTranslation('whatsapp')
  const { form, onChange } = props
  return (
    <Section title={t('settings.handOff')}>
      {/* biome-ignore lint/a11y/noLabelWithoutControl: the checkbox inside is one */}
      <label className="flex items-start gap-2 text-sm">
        <Checkbox className="mt-0.5" checked={form.handsOff} onCheckedChange={(isOn) => onChange({ handsOff: isOn === true })} />
        <span>{t('settings.fields.handsOff')}</span>
      </label>
      <TextField {...props} field="keywords" rows={3} placeholder={t('settings.keywordsExample')} />
      <TextField {...props} field="handOffNotice" rows={2} placeholder={t('settings.ownWords')} />
      <TextField {...props} field="videoNotice" rows={2} placeholder={t('settings.ownWords')} />
    </Section>
  )
}
