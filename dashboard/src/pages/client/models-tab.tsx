import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, type Body, useChange } from '../../api/index.ts'
import { useCanEdit } from '../../auth/index.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { ErrorNote } from '../../ui/error-state.tsx'
import { FormField } from '../../ui/form-field.tsx'
import { NativeSelect } from '../../ui/native-select.tsx'
import { RadioCards } from '../../ui/radio-cards.tsx'
import { toast } from '../../ui/toast.tsx'
import { AliasesCard } from './aliases-card.tsx'
import { type Client, clientPath } from './client.ts'
import { ModelOrder } from './model-order.tsx'
import { includeCurrent, useModelOptions } from './use-model-options.ts'

export function ModelsTab({ client }: { client: Client }) {
  return (
    <div className="max-w-3xl space-y-6">
      <RoutingCard key={JSON.stringify([client.primary_model, client.fallback_chain])} client={client} />
      <AliasesCard client={client} />
    </div>
  )
}

/** The model of calls that name none, and what is tried when it fails. */
function RoutingCard({ client }: { client: Client }) {
  const { t } = useTranslation('client')
  const canEdit = useCanEdit()
  const groups = useModelOptions(client.slug, { withAliases: true })
  const [primary, setPrimary] = useState(client.primary_model)
  const [isOwn, setOwn] = useState(client.fallback_chain !== null)
  const [chain, setChain] = useState<readonly string[]>(client.fallback_chain ?? [])
  const save = useChange(['config'], (body: Body<'PATCH /clients/:client'>) => api.patch(clientPath(client.slug), body))
  const wanted = { primary_model: primary, fallback_chain: isOwn ? [...chain] : null }
  const isChanged =
    JSON.stringify(wanted) !== JSON.stringify({ primary_model: client.primary_model, fallback_chain: client.fallback_chain })
  // The form begins anew with what was saved, and what is told to it afterwards nobody hears: so the promise is waited for.
  const submit = () =>
    save.mutateAsync(wanted).then(
      () => toast.success(t('saved')),
      () => {},
    )
  return (
    <Card title={t('models.title')} description={t('models.text')}>
      <div className="space-y-5">
        <FormField label={t('models.primary')} hint={t('models.primaryText')}>
          {(control) => (
            <NativeSelect
              {...control}
              disabled={!canEdit}
              value={primary}
              onValueChange={setPrimary}
              groups={includeCurrent(groups, client.primary_model)}
            />
          )}
        </FormField>
        {canEdit && (
          <RadioCards<'shared' | 'own'>
            label={t('models.chain')}
            value={isOwn ? 'own' : 'shared'}
            onValueChange={(value) => setOwn(value === 'own')}
            options={[
              { value: 'shared', label: t('models.inherits'), text: t('models.inheritsText') },
              { value: 'own', label: t('models.own'), text: t('models.ownText') },
            ]}
          />
        )}
        {!canEdit && !isOwn && <p className="text-sm text-muted-foreground">{t('models.inherits')}</p>}
        {isOwn && <ModelOrder label={t('models.chain')} models={chain} onChange={setChain} groups={groups} isReadOnly={!canEdit} />}
        {save.error && <ErrorNote error={save.error} />}
        {canEdit && (
          <Button disabled={!isChanged} isBusy={save.isPending} onClick={() => void submit()}>
            {t('save')}
          </Button>
        )}
      </div>
    </Card>
  )
}
