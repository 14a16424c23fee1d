import { ArrowUp, Plus, Trash2 } from 'lucide-react'
import type { ReactNode } from 'react'
import { type UseFormReturn, useFieldArray } from 'react-hook-form'
import { useTranslation } from 'react-i18next'
import { useModelNames } from '../../pickers/use-model-names.ts'
import { Button } from '../../ui/button.tsx'
import { FormField } from '../../ui/form-field.tsx'
import { Input } from '../../ui/input.tsx'
import { Select } from '../../ui/select.tsx'
import { SuggestInput } from '../../ui/suggest-input.tsx'
import type { AliasValues } from './alias.ts'

const mostTargets = 20

/** The models that the alias may mean, in their order. */
export function AliasTargets({ form }: { form: UseFormReturn<AliasValues> }) {
  const { t } = useTranslation('models')
  const { fields, append, remove, swap } = useFieldArray({ control: form.control, name: 'targets' })
  return (
    <fieldset className="space-y-3">
      <legend className="mb-2 text-sm font-medium">{t('alias.targets')}</legend>
      <ol className="space-y-3">
        {fields.map((field, index) => (
          <li key={field.id} className="rounded-md border p-3">
            <TargetFields form={form} index={index}>
              <Button
                variant="ghost"
                size="icon"
                disabled={index === 0}
                aria-label={t('alias.moveUp', { number: index + 1 })}
                onClick={() => swap(index, index - 1)}
              >
                <ArrowUp aria-hidden />
              </Button>
              <Button
                variant="ghost"
                size="icon"
                disabled={fields.length === 1}
                aria-label={t('alias.removeTarget', { number: index + 1 })}
                onClick={() => remove(index)}
              >
                <Trash2 aria-hidden />
              </Button>
            </TargetFields>
          </li>
        ))}
      </ol>
      <Button
        variant="secondary"
        size="sm"
        disabled={fields.length >= mostTargets}
        onClick={() => append({ model: '', via: '', weight: '' })}
      >
        <Plus aria-hidden />
        {t('alias.addTarget')}
      </Button>
    </fieldset>
  )
}

interface TargetFieldsProps {
  form: UseFormReturn<AliasValues>
  index: number
  children: ReactNode
}

function TargetFields({ form, index, children }: TargetFieldsProps) {
  const { t } = useTranslation('models')
  const { t: common } = useTranslation()
  const names = useModelNames()
  const isWeighted = form.watch('strategy') === 'weighted'
  const errors = form.formState.errors.targets?.[index]
  const isWeight = (text: string, { targets, strategy }: AliasValues) => {
    if (strategy !== 'weighted') return true
    if (text.trim() !== '' && !(/^\d+$/.test(text.trim()) && Number(text) <= 1_000_000)) return t('wrong.weight')
    return targets.some(({ weight }) => weight.trim() !== '0') || t('wrong.noWeight')
  }
  return (
    <div className="grid items-start gap-3 sm:grid-cols-[minmax(0,1fr)_auto_auto]">
      <FormField label={t('alias.targetModel', { number: index + 1 })} error={errors?.model?.message}>
        {(control) => (
          <SuggestInput
            {...control}
            suggestions={names}
            {...form.register(`targets.${index}.model`, { required: common('form.required') })}
          />
        )}
      </FormField>
      <FormField label={t('alias.via')} className="sm:w-40">
        {(control) => (
          <Select
            {...control}
            value={form.watch(`targets.${index}.via`)}
            onValueChange={(value) => form.setValue(`targets.${index}.via`, value as '' | 'vercel' | 'direct')}
            options={[
              { value: '', label: t('via.any') },
              { value: 'direct', label: t('via.direct') },
              { value: 'vercel', label: t('via.vercel') },
            ]}
          />
        )}
      </FormField>
      <div className="flex items-end gap-1 sm:pt-5">{children}</div>
      {isWeighted && (
        <FormField
          label={t('alias.weight')}
          {...(index === 0 && { hint: t('alias.weightHint') })}
          error={errors?.weight?.message}
          className="sm:col-span-3"
        >
          {(control) => (
            <Input
              {...control}
              inputMode="numeric"
              placeholder="1"
              className="sm:max-w-40"
              {...form.register(`targets.${index}.weight`, { validate: isWeight })}
            />
          )}
        </FormField>
      )}
    </div>
  )
}
