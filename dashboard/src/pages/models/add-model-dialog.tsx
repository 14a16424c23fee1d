import { type UseFormReturn, useForm } from 'react-hook-form'
import { useTranslation } from 'react-i18next'
import { type Answer, api, type Body, problemsOf, useApi, useChange } from '../../api/index.ts'
import { Button } from '../../ui/button.tsx'
import { Checkbox } from '../../ui/checkbox.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorNote } from '../../ui/error-state.tsx'
import { FormField } from '../../ui/form-field.tsx'
import { Input, Textarea } from '../../ui/input.tsx'
import { Label } from '../../ui/label.tsx'
import { Select } from '../../ui/select.tsx'
import { toast } from '../../ui/toast.tsx'
import { areNames, readNames, readPrice, readTokens } from './model.ts'

interface Values {
  provider: string
  model_name: string
  api_type: 'chat' | 'embeddings'
  input_price_per_million: string
  output_price_per_million: string
  context_window: string
  max_output_tokens: string
  aliases: string
  tools: boolean
  structured_output: boolean
}

const blank: Values = {
  provider: '',
  model_name: '',
  api_type: 'chat',
  input_price_per_million: '',
  output_price_per_million: '',
  context_window: '',
  max_output_tokens: '',
  aliases: '',
  tools: true,
  structured_output: true,
}

/** A model that the pricing library does not know. */
export function AddModelDialog({ isOpen, onClose }: { isOpen: boolean; onClose(): void }) {
  const { t } = useTranslation('models')
  return (
    <Dialog isOpen={isOpen} onOpenChange={(open) => !open && onClose()} title={t('add.title')} description={t('add.text')} size="lg">
      <AddModelForm onDone={onClose} />
    </Dialog>
  )
}

function AddModelForm({ onDone }: { onDone(): void }) {
  const { t } = useTranslation('models')
  const { t: common } = useTranslation()
  const form = useForm<Values>({ defaultValues: blank })
  const add = useChange(['config'], (body: Body<'POST /models'>) => api.post('/api/admin/models', body))
  const problems = problemsOf(add.error)
  const { errors } = form.formState
  const problem = (field: keyof Values) => errors[field]?.message ?? problems[field]
  const part = { form, problem }
  const submit = form.handleSubmit(async (values) => {
    await add.mutateAsync(bodyOf(values)).then(
      () => {
        toast.success(t('add.done', { model: `${values.provider}/${values.model_name.trim()}` }))
        onDone()
      },
      // Shown above the button.
      () => {},
    )
  })
  return (
    <form onSubmit={submit} noValidate className="space-y-4">
      <div className="grid gap-4 sm:grid-cols-2">
        <NameFields {...part} />
        <FigureFields {...part} />
      </div>
      <OtherFields {...part} />
      {add.error && <ErrorNote error={add.error} />}
      <div className="flex flex-col-reverse gap-2 pt-1 sm:flex-row sm:justify-end">
        <Button variant="secondary" onClick={onDone}>
          {common('actions.cancel')}
        </Button>
        <Button type="submit" isBusy={add.isPending}>
          {t('add.submit')}
        </Button>
      </div>
    </form>
  )
}

interface Part {
  form: UseFormReturn<Values>
  /** What is wrong with a field, by the form's own rules or the gateway's. */
  problem(field: keyof Values): string | undefined
}

function NameFields({ form, problem }: Part) {
  const { t } = useTranslation('models')
  const { t: common } = useTranslation()
  const names = useApi<Answer<'GET /provider-names'>>('config', '/api/admin/provider-names')
  const required = common('form.required')
  form.register('provider', { required })
  return (
    <>
      <FormField label={t('columns.provider')} error={problem('provider')}>
        {(control) => (
          <Select
            {...control}
            value={form.watch('provider')}
            onValueChange={(value) => form.setValue('provider', value, { shouldValidate: form.formState.isSubmitted })}
            placeholder={t('add.choose')}
            options={(names.data ?? []).map((name) => ({ value: name, label: name }))}
          />
        )}
      </FormField>
      <FormField label={t('columns.type')} error={problem('api_type')}>
        {(control) => (
          <Select
            {...control}
            value={form.watch('api_type')}
            onValueChange={(value) => form.setValue('api_type', value as Values['api_type'])}
            options={(['chat', 'embeddings'] as const).map((type) => ({ value: type, label: t(`apiType.${type}`) }))}
          />
        )}
      </FormField>
      <FormField label={t('add.name')} hint={t('add.nameHint')} error={problem('model_name')} className="sm:col-span-2">
        {(control) => (
          <Input
            {...control}
            spellCheck={false}
            autoCapitalize="none"
            {...form.register('model_name', { required, validate: (text) => /^\S{1,200}$/.test(text.trim()) || t('wrong.name') })}
          />
        )}
      </FormField>
    </>
  )
}

function FigureFields({ form, problem }: Part) {
  const { t } = useTranslation('models')
  const { t: common } = useTranslation()
  const isChat = form.watch('api_type') === 'chat'
  const price = (text: string) => readPrice(text) !== undefined || (text.trim() === '' ? common('form.required') : t('wrong.price'))
  const tokens = (text: string) => text.trim() === '' || readTokens(text) !== undefined || t('wrong.tokens')
  return (
    <>
      <FormField label={t('field.input_price_per_million')} error={problem('input_price_per_million')}>
        {(control) => <Input {...control} inputMode="decimal" {...form.register('input_price_per_million', { validate: price })} />}
      </FormField>
      {isChat && (
        <FormField label={t('field.output_price_per_million')} error={problem('output_price_per_million')}>
          {(control) => <Input {...control} inputMode="decimal" {...form.register('output_price_per_million', { validate: price })} />}
        </FormField>
      )}
      <FormField label={t('field.context_window')} error={problem('context_window')} isOptional>
        {(control) => <Input {...control} inputMode="numeric" {...form.register('context_window', { validate: tokens })} />}
      </FormField>
      {isChat && (
        <FormField label={t('field.max_output_tokens')} error={problem('max_output_tokens')} isOptional>
          {(control) => <Input {...control} inputMode="numeric" {...form.register('max_output_tokens', { validate: tokens })} />}
        </FormField>
      )}
    </>
  )
}

function OtherFields({ form, problem }: Part) {
  const { t } = useTranslation('models')
  const isChat = form.watch('api_type') === 'chat'
  return (
    <>
      <FormField label={t('field.aliases')} hint={t('edit.aliasesHint')} error={problem('aliases')} isOptional>
        {(control) => (
          <Textarea
            {...control}
            rows={2}
            spellCheck={false}
            {...form.register('aliases', { validate: (text) => areNames(text) || t('wrong.names') })}
          />
        )}
      </FormField>
      {isChat && (
        <div className="flex flex-wrap gap-x-6 gap-y-2">
          {(['tools', 'structured_output'] as const).map((skill) => (
            <div key={skill} className="flex items-center gap-2">
              <Checkbox
                id={`add-${skill}`}
                checked={form.watch(skill)}
                onCheckedChange={(checked) => form.setValue(skill, checked === true)}
              />
              <Label htmlFor={`add-${skill}`}>{t(`add.${skill}`)}</Label>
            </div>
          ))}
        </div>
      )}
    </>
  )
}

function bodyOf(values: Values): Body<'POST /models'> {
  const isChat = values.api_type === 'chat'
  const context = readTokens(values.context_window)
  const output = readTokens(values.max_output_tokens)
  const aliases = readNames(values.aliases)
  return {
    provider: values.provider,
    model_name: values.model_name.trim(),
    api_type: values.api_type,
    input_price_per_million: readPrice(values.input_price_per_million) ?? '',
    ...(isChat && { output_price_per_million: readPrice(values.output_price_per_million) ?? '' }),
    ...(context !== undefined && { context_window: context }),
    ...(isChat && output !== undefined && { max_output_tokens: output }),
    ...(aliases.length > 0 && { aliases }),
    ...(isChat && { tools: values.tools, structured_output: values.structured_output }),
  }
}
