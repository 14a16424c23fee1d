import { useId, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { type Answer, useApi } from '../../api/index.ts'
import { languages } from '../../i18n/languages.ts'
import { FormField } from '../../ui/form-field.tsx'
import { Input } from '../../ui/input.tsx'
import { NativeSelect } from '../../ui/native-select.tsx'
import { Select } from '../../ui/select.tsx'
import { timeZoneGroups } from './time-zones.ts'

export type Plans = Answer<'GET /plans'>

/** A plan is nothing but its name: one that there is, or a new one. */
export function PlanField({ value, onChange, error }: { value: string; onChange(value: string): void; error: string | undefined }) {
  const { t } = useTranslation('clients')
  const id = useId()
  const plans = useApi<Plans>('config', '/api/admin/plans')
  return (
    <FormField label={t('plan')} hint={t('planText')} error={error}>
      {(control) => (
        <>
          <Input
            {...control}
            list={id}
            value={value}
            maxLength={100}
            autoComplete="off"
            onChange={(event) => onChange(event.target.value)}
          />
          <datalist id={id}>
            {plans.data?.map(({ plan }) => (
              <option key={plan} value={plan} />
            ))}
          </datalist>
        </>
      )}
    </FormField>
  )
}

export function ZoneField({ value, onChange }: { value: string; onChange(value: string): void }) {
  const { t } = useTranslation('clients')
  const groups = useMemo(() => timeZoneGroups({ brazil: t('zones.brazil'), others: t('zones.others') }, value), [t, value])
  return (
    <FormField label={t('zone')} hint={t('zoneText')}>
      {(control) => <NativeSelect {...control} value={value} onValueChange={onChange} groups={groups} />}
    </FormField>
  )
}

export function LanguageField({ value, onChange }: { value: 'pt-BR' | 'en'; onChange(value: 'pt-BR' | 'en'): void }) {
  const { t } = useTranslation('clients')
  const options = Object.entries(languages).map(([code, label]) => ({ value: code, label }))
  return (
    <FormField label={t('language')} hint={t('languageText')}>
      {(control) => <Select {...control} value={value} options={options} onValueChange={(code) => onChange(code as 'pt-BR' | 'en')} />}
    </FormField>
  )
}
