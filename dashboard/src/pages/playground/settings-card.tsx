import { useTranslation } from 'react-i18next'
import { ClientPicker } from '../../pickers/client-picker.tsx'
import { useModelNames } from '../../pickers/use-model-names.ts'
import { Card } from '../../ui/card.tsx'
import { FormField } from '../../ui/form-field.tsx'
import { Input, Textarea } from '../../ui/input.tsx'
import { SuggestInput } from '../../ui/suggest-input.tsx'
import type { ChatSettings } from './use-chat.ts'

/** As they are typed. */
export interface Fields {
  client: string
  model: string
  system: string
  temperature: string
  maxTokens: string
}

export const blankFields: Fields = { client: '', model: '', system: '', temperature: '', maxTokens: '' }
type Problem = 'client' | 'model' | 'temperature' | 'maxTokens'
export type Problems = Partial<Record<Problem, Problem>>

export function readFields(fields: Fields): { settings: ChatSettings; problems: Problems } {
  const temperature = fields.temperature.trim().replace(',', '.')
  const maxTokens = fields.maxTokens.trim()
  const isTemperature = temperature === '' || (/^\d(\.\d+)?$/.test(temperature) && Number(temperature) <= 2)
  const isMaxTokens = maxTokens === '' || /^[1-9]\d{0,7}$/.test(maxTokens)
  const problems: Problems = {
    ...(fields.client === '' && { client: 'client' as const }),
    ...(fields.model.trim() === '' && { model: 'model' as const }),
    ...(!isTemperature && { temperature: 'temperature' as const }),
    ...(!isMaxTokens && { maxTokens: 'maxTokens' as const }),
  }
  const settings = {
    client: fields.client,
    model: fields.model,
    system: fields.system,
    temperature: temperature === '' ? undefined : Number(temperature),
    maxTokens: maxTokens === '' ? undefined : Number(maxTokens),
  }
  return { settings, problems }
}

export interface SettingsCardProps {
  fields: Fields
  /** The client's own model, used while none is typed. */
  usualModel: string | undefined
  problems: Problems
  onChange(change: Partial<Fields>): void
}

export function SettingsCard({ fields, usualModel, problems, onChange }: SettingsCardProps) {
  const { t } = useTranslation('playground')
  const models = useModelNames('chat')
  const problem = (name: Problem) => (problems[name] === undefined ? undefined : t(`wrong.${name}`))
  return (
    <Card title={t('settings.title')} className="lg:sticky lg:top-20 lg:col-start-2 lg:row-start-1">
      <div className="space-y-4">
        <FormField label={t('settings.client')} hint={t('settings.clientHint')} error={problem('client')}>
          {(control) => (
            <ClientPicker
              control={control}
              value={fields.client}
              onChange={(client) => onChange({ client })}
              placeholder={t('settings.choose')}
            />
          )}
        </FormField>
        <FormField label={t('settings.model')} error={problem('model')}>
          {(control) => (
            <SuggestInput
              {...control}
              suggestions={models}
              value={fields.model}
              placeholder={usualModel ?? t('settings.modelPlaceholder')}
              onChange={(event) => onChange({ model: event.target.value })}
            />
          )}
        </FormField>
        <FormField label={t('settings.system')} isOptional>
          {(control) => (
            <Textarea {...control} rows={4} value={fields.system} onChange={(event) => onChange({ system: event.target.value })} />
          )}
        </FormField>
        <div className="grid grid-cols-2 items-start gap-3">
          <FormField label={t('settings.temperature')} error={problem('temperature')}>
            {(control) => (
              <Input
                {...control}
                inputMode="decimal"
                placeholder={t('settings.default')}
                value={fields.temperature}
                onChange={(event) => onChange({ temperature: event.target.value })}
              />
            )}
          </FormField>
          <FormField label={t('settings.maxTokens')} error={problem('maxTokens')}>
            {(control) => (
              <Input
                {...control}
                inputMode="numeric"
                placeholder={t('settings.default')}
                value={fields.maxTokens}
                onChange={(event) => onChange({ maxTokens: event.target.value })}
              />
            )}
          </FormField>
        </div>
      </div>
    </Card>
  )
}
