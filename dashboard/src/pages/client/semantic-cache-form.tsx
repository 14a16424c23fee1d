import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Answer, api, type Body, useApi, useChange } from '../../api/index.ts'
import { useCanEdit } from '../../auth/index.ts'
import { useFormat } from '../../format/index.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorNote } from '../../ui/error-state.tsx'
import { FormField } from '../../ui/form-field.tsx'
import { Input } from '../../ui/input.tsx'
import { NativeSelect } from '../../ui/native-select.tsx'
import { Notice } from '../../ui/notice.tsx'
import { toast } from '../../ui/toast.tsx'
import { type Client, clientPath } from './client.ts'
import { toSimilarity } from './similarity.ts'

const usual = { model: 'openai/text-embedding-3-small', similarity: 0.95 }

/** Whether what means nearly the same is answered from the cache too, and what counts as nearly. */
export function SemanticCacheForm({ client }: { client: Client }) {
  const { t } = useTranslation('client')
  const canEdit = useCanEdit()
  const format = useFormat()
  const current = client.semantic_cache
  const [model, setModel] = useState(current?.model ?? usual.model)
  const [similarity, setSimilarity] = useState(format.number(current?.similarity ?? usual.similarity, 4))
  const path = `${clientPath(client.slug)}/semantic-cache`
  const save = useChange(['config'], (body: Body<'PUT /clients/:client/semantic-cache'>) => api.put(path, body))
  const stop = useChange(['config'], () => api.delete(path))
  const wanted = toSimilarity(similarity)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (wanted !== undefined) save.mutate({ model, similarity: wanted }, { onSuccess: () => void toast.success(t('saved')) })
  }
  return (
    <form onSubmit={submit} noValidate className="space-y-4 border-t pt-5">
      <div className="space-y-1">
        <h3 className="text-sm font-medium">{current === null ? t('semantic.isOff') : t('semantic.isOn')}</h3>
        <p className="text-sm text-muted-foreground">{t('semantic.text')}</p>
      </div>
      {client.cache_enabled === false && current !== null && <Notice tone="warning">{t('semantic.noCache')}</Notice>}
      {(canEdit || current !== null) && (
        <fieldset disabled={!canEdit} className="grid gap-4 sm:grid-cols-2">
          <ModelField value={model} onChange={setModel} />
          <FormField
            label={t('semantic.similarity')}
            hint={t('semantic.similarityText')}
            error={wanted === undefined ? t('semantic.wrong') : undefined}
          >
            {(control) => (
              <Input {...control} inputMode="decimal" value={similarity} onChange={(event) => setSimilarity(event.target.value)} />
            )}
          </FormField>
        </fieldset>
      )}
      {(save.error ?? stop.error) && <ErrorNote error={save.error ?? stop.error} />}
      {canEdit && (
        <div className="flex flex-wrap gap-2">
          <Button type="submit" variant={current === null ? 'secondary' : 'primary'} isBusy={save.isPending}>
            {current === null ? t('semantic.turnOn') : t('semantic.save')}
          </Button>
          {current !== null && (
            <Button
              variant="secondary"
              isBusy={stop.isPending}
              onClick={() => stop.mutate(undefined, { onSuccess: () => void toast.success(t('saved')) })}
            >
              {t('semantic.turnOff')}
            </Button>
          )}
        </div>
      )}
    </form>
  )
}

function ModelField({ value, onChange }: { value: string; onChange(model: string): void }) {
  const { t } = useTranslation('client')
  const models = useApi<Answer<'GET /models'>>('config', '/api/admin/models', { api_type: 'embeddings', is_active: true, limit: 1_000 })
  const names = [...new Set([value, ...(models.data?.items ?? []).map(({ gateway_identifier: name }) => name)])].toSorted()
  return (
    <FormField label={t('semantic.model')} hint={t('semantic.modelText')}>
      {(control) => (
        <NativeSelect
          {...control}
          value={value}
          onValueChange={onChange}
          groups={[{ label: '', options: names.map((name) => ({ value: name, label: name })) }]}
        />
      )}
    </FormField>
  )
}
