import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Answer, api, type Body, useChange } from '../../api/index.ts'
import { FormDialog } from '../../ui/form-dialog.tsx'
import { FormField } from '../../ui/form-field.tsx'
import { Input } from '../../ui/input.tsx'
import { Label } from '../../ui/label.tsx'
import { Switch } from '../../ui/switch.tsx'
import { toast } from '../../ui/toast.tsx'
import { LanguageField, PlanField, ZoneField } from './client-fields.tsx'
import { isSlug, suggestSlug } from './suggest-slug.ts'

export interface CreateClientDialogProps {
  isOpen: boolean
  onOpenChange(isOpen: boolean): void
  onCreated?(client: Answer<'POST /clients'>): void
}

export function CreateClientDialog(props: CreateClientDialogProps) {
  return props.isOpen ? <OpenDialog {...props} /> : null
}

function useClientForm() {
  const { i18n } = useTranslation('clients')
  const [name, setName] = useState('')
  const [ownSlug, setSlug] = useState<string>()
  const [plan, setPlan] = useState('free')
  const [zone, setZone] = useState('America/Sao_Paulo')
  const [locale, setLocale] = useState<'pt-BR' | 'en'>(i18n.language === 'en' ? 'en' : 'pt-BR')
  const [isEnabled, setEnabled] = useState(true)
  const slug = ownSlug ?? suggestSlug(name)
  return { name, setName, slug, setSlug, plan, setPlan, zone, setZone, locale, setLocale, isEnabled, setEnabled }
}

function OpenDialog({ isOpen, onOpenChange, onCreated }: CreateClientDialogProps) {
  const { t } = useTranslation('clients')
  const form = useClientForm()
  const [wasSent, setSent] = useState(false)
  const create = useChange(['config', 'usage'], (body: Body<'POST /clients'>) =>
    api.post<Answer<'POST /clients'>>('/api/admin/clients', body),
  )
  const isComplete = form.name.trim() !== '' && isSlug(form.slug) && form.plan.trim() !== ''
  const submit = async () => {
    setSent(true)
    if (!isComplete) return false
    const { slug, plan, locale } = form
    const wish = { slug, plan: plan.trim(), locale, name: form.name.trim(), time_zone: form.zone, use_ai_gateway: form.isEnabled }
    const made = await create.mutateAsync(wish)
    toast.success(t('created', { name: made.name }))
    onCreated?.(made)
    return true
  }
  return (
    <FormDialog
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      title={t('create')}
      description={t('createText')}
      submit={t('create')}
      onSubmit={submit}
    >
      <NameFields form={form} wasSent={wasSent} />
      <PlanField value={form.plan} onChange={form.setPlan} error={wasSent && form.plan.trim() === '' ? t('planMissing') : undefined} />
      <div className="grid gap-4 sm:grid-cols-2">
        <ZoneField value={form.zone} onChange={form.setZone} />
        <LanguageField value={form.locale} onChange={form.setLocale} />
      </div>
      <div className="flex items-start gap-3 rounded-md bg-muted px-4 py-3">
        <Switch id="client-enabled" checked={form.isEnabled} onCheckedChange={form.setEnabled} aria-describedby="client-enabled-text" />
        <div className="min-w-0 space-y-0.5">
          <Label htmlFor="client-enabled">{t('enable')}</Label>
          <p id="client-enabled-text" className="text-sm text-muted-foreground">
            {t('enableText')}
          </p>
        </div>
      </div>
    </FormDialog>
  )
}

function NameFields({ form, wasSent }: { form: ReturnType<typeof useClientForm>; wasSent: boolean }) {
  const { t } = useTranslation('clients')
  return (
    <>
      <FormField label={t('name')} error={wasSent && form.name.trim() === '' ? t('nameMissing') : undefined}>
        {(control) => (
          <Input {...control} value={form.name} maxLength={200} autoComplete="off" onChange={(event) => form.setName(event.target.value)} />
        )}
      </FormField>
      <FormField label={t('slug')} hint={t('slugText')} error={wasSent && !isSlug(form.slug) ? t('slugWrong') : undefined}>
        {(control) => (
          <Input
            {...control}
            value={form.slug}
            maxLength={63}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            className="font-mono"
            onChange={(event) => form.setSlug(event.target.value)}
          />
        )}
      </FormField>
    </>
  )
}
