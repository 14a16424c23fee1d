import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Answer, api, type Body, useApi, useChange } from '../../api/index.ts'
import { useCanEdit } from '../../auth/index.ts'
import { useFormat } from '../../format/index.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Checkbox } from '../../ui/checkbox.tsx'
import { ErrorNote, ErrorState } from '../../ui/error-state.tsx'
import { FormField } from '../../ui/form-field.tsx'
import { Input, Textarea } from '../../ui/input.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { toast } from '../../ui/toast.tsx'
import { type Client, clientPath } from './client.ts'
import { countProblem, toCount } from './count-field.ts'
import { ModelOrder } from './model-order.tsx'
import { useModelOptions } from './use-model-options.ts'

type Guardrails = Answer<'GET /clients/:client/guardrails'>
const piiKinds = ['cpf', 'cnpj', 'card', 'phone'] as const

/** What the client's calls are looked at for before they go to a provider. */
export function GuardrailsCard({ client }: { client: Client }) {
  const { t } = useTranslation('client')
  const rules = useApi<Guardrails>('config', `${clientPath(client.slug)}/guardrails`)
  return (
    <Card title={t('guardrails.title')} description={t('guardrails.text')}>
      {rules.error ? (
        <ErrorState error={rules.error} onRetry={() => void rules.refetch()} />
      ) : rules.data ? (
        <RulesForm key={JSON.stringify(rules.data)} client={client} rules={rules.data} />
      ) : (
        <Skeleton className="h-72" />
      )}
    </Card>
  )
}

const toTerms = (text: string) => text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]))

function RulesForm({ client, rules }: { client: Client; rules: Guardrails }) {
  const { t } = useTranslation('client')
  const canEdit = useCanEdit()
  const format = useFormat()
  const [pii, setPii] = useState<readonly (typeof piiKinds)[number][]>(rules.mask_pii)
  const [longest, setLongest] = useState(rules.max_input_tokens === null ? '' : format.number(rules.max_input_tokens, 0))
  const [terms, setTerms] = useState(rules.blocked_terms.join('\n'))
  const [models, setModels] = useState<readonly string[]>(rules.allowed_models ?? [])
  const groups = useModelOptions(client.slug, { withAliases: false })
  const save = useChange(['config'], (body: Body<'PATCH /clients/:client/guardrails'>) =>
    api.patch(`${clientPath(client.slug)}/guardrails`, body),
  )
  const wrong = countProblem(longest)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (wrong) return
    const blocked = toTerms(terms)
    const wanted = {
      mask_pii: pii.length === 0 ? null : piiKinds.filter((kind) => pii.includes(kind)),
      max_input_tokens: toCount(longest),
      blocked_terms: blocked.length === 0 ? null : blocked,
      allowed_models: models.length === 0 ? null : [...models],
    }
    // As with the models: the form begins anew with what was saved.
    save.mutateAsync(wanted).then(
      () => toast.success(t('saved')),
      () => {},
    )
  }
  return (
    <form onSubmit={submit} noValidate>
      <fieldset disabled={!canEdit} className="space-y-5">
        <PiiField chosen={pii} onChange={setPii} isDisabled={!canEdit} />
        <FormField
          label={t('guardrails.longest')}
          isOptional
          hint={t('guardrails.longestText')}
          error={wrong ? t('limits.wrong') : undefined}
          className="max-w-xs"
        >
          {(control) => (
            <Input
              {...control}
              inputMode="numeric"
              placeholder={t('limits.none')}
              value={longest}
              onChange={(event) => setLongest(event.target.value)}
            />
          )}
        </FormField>
        <FormField label={t('guardrails.terms')} isOptional hint={t('guardrails.termsText')}>
          {(control) => <Textarea {...control} rows={4} value={terms} onChange={(event) => setTerms(event.target.value)} />}
        </FormField>
        <div className="space-y-2">
          <h3 className="text-sm font-medium">{t('guardrails.models')}</h3>
          <p className="text-sm text-muted-foreground">{models.length === 0 ? t('guardrails.allModels') : t('guardrails.onlyModels')}</p>
          <ModelOrder label={t('guardrails.models')} models={models} onChange={setModels} groups={groups} isReadOnly={!canEdit} />
        </div>
        {save.error && <ErrorNote error={save.error} />}
        {canEdit && (
          <Button type="submit" isBusy={save.isPending}>
            {t('guardrails.save')}
          </Button>
        )}
      </fieldset>
    </form>
  )
}

type Pii = (typeof piiKinds)[number]

function PiiField({
  chosen,
  onChange,
  isDisabled,
}: {
  chosen: readonly Pii[]
  onChange(chosen: readonly Pii[]): void
  isDisabled: boolean
}) {
  const { t } = useTranslation('client')
  return (
    <fieldset className="space-y-2">
      <legend className="text-sm font-medium">{t('guardrails.pii')}</legend>
      <p className="text-sm text-muted-foreground">{t('guardrails.piiText')}</p>
      <div className="flex flex-wrap gap-x-6 gap-y-2">
        {piiKinds.map((kind) => (
          // biome-ignore lint/a11y/noLabelWithoutControl: the checkbox inside is one
          <label key={kind} className="inline-flex items-center gap-2 text-sm">
            <Checkbox
              disabled={isDisabled}
              checked={chosen.includes(kind)}
              onCheckedChange={(isOn) => onChange(isOn === true ? [...chosen, kind] : chosen.filter((other) => other !== kind))}
            />
            {t(`guardrails.kinds.${kind}`)}
          </label>
        ))}
      </div>
    </fieldset>
  )
}
