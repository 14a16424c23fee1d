import { type UseFormReturn, useForm } from 'react-hook-form'
import { useTranslation } from 'react-i18next'
import { api, urlOf, useChange } from '../../api/index.ts'
import { ClientPicker } from '../../pickers/client-picker.tsx'
import { useModelNames } from '../../pickers/use-model-names.ts'
import { Button } from '../../ui/button.tsx'
import { cn } from '../../ui/cn.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorNote } from '../../ui/error-state.tsx'
import { FormField } from '../../ui/form-field.tsx'
import { Input, Textarea } from '../../ui/input.tsx'
import { Select } from '../../ui/select.tsx'
import { SuggestInput } from '../../ui/suggest-input.tsx'
import { toast } from '../../ui/toast.tsx'
import { type Alias, type AliasValues, strategies, timeouts, toBody, toValues } from './alias.ts'
import { AliasTargets } from './alias-targets.tsx'
import { readNames } from './model.ts'

export interface AliasDialogProps {
  /** Undefined: closed. */
  alias: Alias | 'new' | undefined
  onClose(): void
}

export function AliasDialog({ alias, onClose }: AliasDialogProps) {
  const { t } = useTranslation('models')
  const known = alias === 'new' ? undefined : alias
  return (
    <Dialog
      isOpen={alias !== undefined}
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={known ? t('alias.editTitle', { alias: known.alias }) : t('alias.addTitle')}
      size="lg"
    >
      {alias !== undefined && <AliasForm known={known} onDone={onClose} />}
    </Dialog>
  )
}

function AliasForm({ known, onDone }: { known: Alias | undefined; onDone(): void }) {
  const { t } = useTranslation('models')
  const { t: common } = useTranslation()
  const form = useForm<AliasValues>({ defaultValues: toValues(known) })
  const save = useChange(['config'], (values: AliasValues) =>
    api.put(urlOf(`/api/admin/routes/${encodeURIComponent(values.alias.trim())}`, { client: values.client }), toBody(values)),
  )
  const submit = form.handleSubmit(async (values) => {
    await save.mutateAsync(values).then(
      () => {
        toast.success(t('alias.saved', { alias: values.alias.trim() }))
        onDone()
      },
      // Shown above the button.
      () => {},
    )
  })
  return (
    <form onSubmit={submit} noValidate className="space-y-6">
      <div className="grid gap-4 sm:grid-cols-2">
        <NameFields form={form} isKnown={known !== undefined} />
      </div>
      <AliasTargets form={form} />
      <FallbackFields form={form} />
      <RuleFields form={form} />
      {save.error && <ErrorNote error={save.error} />}
      <div className="flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">
        <Button variant="secondary" onClick={onDone}>
          {common('actions.cancel')}
        </Button>
        <Button type="submit" isBusy={save.isPending}>
          {known ? common('actions.save') : t('alias.create')}
        </Button>
      </div>
    </form>
  )
}

type Part = { form: UseFormReturn<AliasValues> }

function NameFields({ form, isKnown }: Part & { isKnown: boolean }) {
  const { t } = useTranslation('models')
  const { t: common } = useTranslation()
  const strategy = form.watch('strategy')
  const isName = (text: string) => /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$/.test(text.trim()) || t('wrong.alias')
  return (
    <>
      <FormField label={t('alias.name')} error={form.formState.errors.alias?.message}>
        {(control) => (
          <Input
            {...control}
            readOnly={isKnown}
            spellCheck={false}
            autoCapitalize="none"
            className={cn('font-mono', isKnown && 'bg-muted')}
            {...form.register('alias', { required: common('form.required'), validate: isName })}
          />
        )}
      </FormField>
      <FormField label={t('alias.client')}>
        {(control) =>
          isKnown ? (
            <Input {...control} readOnly className="bg-muted" value={form.watch('client') || t('alias.allClients')} />
          ) : (
            <ClientPicker
              control={control}
              value={form.watch('client')}
              onChange={(client) => form.setValue('client', client)}
              noneLabel={t('alias.allClients')}
            />
          )
        }
      </FormField>
      <FormField label={t('alias.strategy')} hint={t(`strategy.${strategy}.text`)} className="sm:col-span-2">
        {(control) => (
          <Select
            {...control}
            value={strategy}
            onValueChange={(value) => form.setValue('strategy', value as AliasValues['strategy'])}
            options={strategies.map((name) => ({ value: name, label: t(`strategy.${name}.name`) }))}
          />
        )}
      </FormField>
    </>
  )
}

function FallbackFields({ form }: Part) {
  const { t } = useTranslation('models')
  const { t: common } = useTranslation()
  const chain = form.watch('chain')
  return (
    <div className="space-y-4">
      <FormField label={t('alias.fallbacks')} hint={t('alias.fallbacksText')}>
        {(control) => (
          <Select
            {...control}
            value={chain}
            onValueChange={(value) => form.setValue('chain', value as AliasValues['chain'])}
            options={(['client', 'none', 'own'] as const).map((name) => ({ value: name, label: t(`chain.${name}`) }))}
          />
        )}
      </FormField>
      {chain === 'own' && (
        <FormField label={t('alias.ownChain')} hint={t('alias.ownChainHint')} error={form.formState.errors.fallbacks?.message}>
          {(control) => (
            <Textarea
              {...control}
              rows={3}
              spellCheck={false}
              className="font-mono"
              {...form.register('fallbacks', { validate: (text) => readNames(text).length > 0 || common('form.required') })}
            />
          )}
        </FormField>
      )}
    </div>
  )
}

function RuleFields({ form }: Part) {
  const { t } = useTranslation('models')
  const { t: common } = useTranslation()
  const names = useModelNames()
  const { errors } = form.formState
  const isMs = (text: string) => text.trim() === '' || (/^[1-9]\d{0,7}$/.test(text.trim()) && Number(text) <= 86_400_000) || t('wrong.ms')
  const isShare = (text: string, { downgradeModel }: AliasValues) => {
    if (downgradeModel.trim() === '') return true
    const share = Number(text.replace(',', '.'))
    if (text.trim() === '') return common('form.required')
    return (share > 0 && share <= 100) || t('wrong.share')
  }
  return (
    <details className="rounded-md border px-4 py-3" open={Object.keys(errors).length > 0 || undefined}>
      <summary className="cursor-pointer text-sm font-medium">{t('alias.more')}</summary>
      <div className="mt-4 grid gap-4 sm:grid-cols-2">
        <FormField label={t('alias.downgradeModel')} hint={t('alias.downgradeHint')} isOptional>
          {(control) => <SuggestInput {...control} suggestions={names} {...form.register('downgradeModel')} />}
        </FormField>
        <FormField label={t('alias.downgradeShare')} error={errors.downgradeThreshold?.message}>
          {(control) => <Input {...control} inputMode="decimal" {...form.register('downgradeThreshold', { validate: isShare })} />}
        </FormField>
        <FormField
          label={t('alias.hedgeMs')}
          hint={t('alias.hedgeHint')}
          error={errors.hedge?.message}
          isOptional
          className="sm:col-span-2"
        >
          {(control) => <Input {...control} inputMode="numeric" {...form.register('hedge', { validate: isMs })} />}
        </FormField>
        {timeouts.map((name) => (
          <FormField key={name} label={t(`timeout.${name}`)} error={errors[name]?.message} isOptional>
            {(control) => <Input {...control} inputMode="numeric" {...form.register(name, { validate: isMs })} />}
          </FormField>
        ))}
      </div>
    </details>
  )
}
