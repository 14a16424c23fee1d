import { type UseFormReturn, useForm } from 'react-hook-form'
import { useTranslation } from 'react-i18next'
import { api, type Body, problemsOf, useChange } from '../../api/index.ts'
import { useFormat } from '../../format/index.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorNote } from '../../ui/error-state.tsx'
import { FormField } from '../../ui/form-field.tsx'
import { Input, Textarea } from '../../ui/input.tsx'
import { Label } from '../../ui/label.tsx'
import { Switch } from '../../ui/switch.tsx'
import { toast } from '../../ui/toast.tsx'
import { areNames, type Model, type PriceField, priceFieldsOf, readNames, readPrice, readTokens } from './model.ts'

type Change = Body<'PATCH /models/:model'>
const limits = ['context_window', 'max_output_tokens', 'default_max_output_tokens'] as const

/** Every field as text; an empty one is "no value". */
type Values = Record<string, string> & { aliases: string }

/** Prices, limits, names and whether it is on. Only what was changed is sent: a price that stays makes no new version. */
export function ModelForm({ model, onDone }: { model: Model; onDone(): void }) {
  const { t } = useTranslation('models')
  const { t: common } = useTranslation()
  const format = useFormat()
  const form = useForm<Values>({ defaultValues: valuesOf(model, format.number(0.5).includes(',')) })
  const change = useChange(['config'], (body: Change) => api.patch(`/api/admin/models/${model.id}`, body))
  const problems = problemsOf(change.error)
  const { dirtyFields, errors } = form.formState
  const isDirty = Object.values(dirtyFields).some(Boolean)
  const problem = (field: string) => errors[field]?.message ?? problems[field]
  const part = { form, problem }
  const submit = form.handleSubmit(async (values) => {
    await change.mutateAsync(changeOf(values, dirtyFields)).then(
      () => {
        toast.success(t('edit.done', { model: model.gateway_identifier }))
        onDone()
      },
      // Shown above the button.
      () => {},
    )
  })
  return (
    <form onSubmit={submit} noValidate className="space-y-6 border-t pt-5">
      <PriceFields {...part} prices={priceFieldsOf(model)} />
      <LimitFields {...part} />
      <FormField label={t('field.aliases')} hint={t('edit.aliasesHint')} error={problem('aliases')} isOptional>
        {(control) => (
          <Textarea
            {...control}
            rows={3}
            spellCheck={false}
            {...form.register('aliases', { validate: (text) => areNames(text) || t('wrong.names') })}
          />
        )}
      </FormField>
      <ActiveField {...part} />
      {change.error && <ErrorNote error={change.error} />}
      <div className="flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">
        <Button variant="secondary" onClick={onDone}>
          {common('actions.cancel')}
        </Button>
        <Button type="submit" isBusy={change.isPending} disabled={!isDirty}>
          {common('actions.save')}
        </Button>
      </div>
    </form>
  )
}

interface Part {
  form: UseFormReturn<Values>
  /** What is wrong with a field, by the form's own rules or the gateway's. */
  problem(field: string): string | undefined
}

function PriceFields({ form, problem, prices }: Part & { prices: readonly PriceField[] }) {
  const { t } = useTranslation('models')
  return (
    <fieldset className="space-y-4">
      <legend className="mb-1 font-semibold">{t('edit.prices')}</legend>
      <p className="text-sm text-muted-foreground">{t('edit.pricesText')}</p>
      <div className="grid gap-4 sm:grid-cols-2">
        {prices.map((field) => (
          <FormField key={field} label={t(`field.${field}`)} error={problem(field)}>
            {(control) => (
              <Input
                {...control}
                inputMode="decimal"
                {...form.register(field, { validate: (text) => text.trim() === '' || readPrice(text) !== undefined || t('wrong.price') })}
              />
            )}
          </FormField>
        ))}
      </div>
    </fieldset>
  )
}

function LimitFields({ form, problem }: Part) {
  const { t } = useTranslation('models')
  return (
    <fieldset className="space-y-4">
      <legend className="mb-3 font-semibold">{t('edit.limits')}</legend>
      <div className="grid gap-4 sm:grid-cols-2">
        {limits.map((field) => (
          <FormField key={field} label={t(`field.${field}`)} error={problem(field)}>
            {(control) => (
              <Input
                {...control}
                inputMode="numeric"
                {...form.register(field, {
                  validate: (text) =>
                    (text.trim() === '' && field !== 'default_max_output_tokens') || readTokens(text) !== undefined || t('wrong.tokens'),
                })}
              />
            )}
          </FormField>
        ))}
      </div>
    </fieldset>
  )
}

function ActiveField({ form }: Part) {
  const { t } = useTranslation('models')
  const isActive = form.watch('is_active') === 'yes'
  return (
    <div className="flex items-center justify-between gap-4">
      <div>
        <Label htmlFor="model-is-active">{t('edit.active')}</Label>
        <p className="text-sm text-muted-foreground">{t('edit.activeText')}</p>
      </div>
      <Switch
        id="model-is-active"
        checked={isActive}
        onCheckedChange={(on) => form.setValue('is_active', on ? 'yes' : 'no', { shouldDirty: true })}
      />
    </div>
  )
}

function valuesOf(model: Model, hasComma: boolean): Values {
  const write = (value: string | number | null) => String(value ?? '').replace('.', hasComma ? ',' : '.')
  const figures = [...priceFieldsOf(model), ...limits].map((field) => [field, write(model[field])] as const)
  return { ...Object.fromEntries(figures), aliases: model.aliases.join('\n'), is_active: model.is_active ? 'yes' : 'no' }
}

function changeOf(values: Values, dirty: Partial<Record<string, unknown>>): Change {
  const isLimit = (field: string) => (limits as readonly string[]).includes(field)
  const read = (field: string, text: string) => {
    if (field === 'aliases') return readNames(text)
    if (field === 'is_active') return text === 'yes'
    if (text.trim() === '') return null
    return isLimit(field) ? readTokens(text) : readPrice(text)
  }
  const changed = Object.entries(values).filter(([field]) => dirty[field])
  return Object.fromEntries(changed.map(([field, text]) => [field, read(field, text)])) as Change
}
