import { useTranslation } from 'react-i18next'
import { type Answer, useApi } from '../api/index.ts'
import { FormField } from '../ui/form-field.tsx'
import { Input } from '../ui/input.tsx'
import { NativeSelect } from '../ui/native-select.tsx'
import type { ChannelField, Template } from './channel-form.ts'

interface TemplateFieldsProps {
  value: Template
  onChange(value: Template): void
  isWrong(field: ChannelField): boolean
}

/** What sends an alert by WhatsApp, and what is sent. */

export function TemplateFields({ value, onChange, isWrong }: TemplateFieldsProps) {
  const { t } = useTranslation('notifications')
  const numbers = useApi<Answer<'GET /whatsapp/channels'>>('config', '/api/admin/whatsapp/channels')
  const options = (numbers.data ?? []).map((one) => ({ value: one.id, label: `${one.client_name}: ${one.phone ?? one.phone_number_id}` }))
  const error = (field: 'number' | 'template' | 'templateLanguage') => (isWrong(field) ? t(`wrong.${field}`) : undefined)
  return (
    <>
      <FormField label={t('number')} hint={numbers.data?.length === 0 ? t('noNumbers') : undefined} error={error('number')}>
        {(control) => (
          <NativeSelect
            {...control}
            value={value.channel}
            onValueChange={(channel) => onChange({ ...value, channel })}
            groups={[{ label: '', options: [{ value: '', label: t('chooseNumber') }, ...options] }]}
          />
        )}
      </FormField>
      <div className="grid items-start gap-4 sm:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
        <FormField label={t('template')} hint={t('templateText')} error={error('template')}>
          {(control) => (
            <Input
              {...control}
              placeholder="alerta_de_uso"
              autoComplete="off"
              value={value.name}
              onChange={(event) => onChange({ ...value, name: event.target.value })}
            />
          )}
        </FormField>
        <FormField label={t('templateLanguage')} error={error('templateLanguage')}>
          {(control) => (
            <Input
              {...control}
              autoComplete="off"
              value={value.language}
              onChange={(event) => onChange({ ...value, language: event.target.value })}
            />
          )}
        </FormField>
      </div>
    </>
  )
}
