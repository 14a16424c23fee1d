import { useTranslation } from 'react-i18next'
import { type Answer, api, useChange } from '../../api/index.ts'
import { useCanEdit } from '../../auth/index.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { ErrorNote } from '../../ui/error-state.tsx'
import { FormField } from '../../ui/form-field.tsx'
import { Select } from '../../ui/select.tsx'
import { toast } from '../../ui/toast.tsx'
import { type Client, clientPath } from './client.ts'
import { SemanticCacheForm } from './semantic-cache-form.tsx'

type Choice = 'shared' | 'on' | 'off'
const values = { shared: null, on: true, off: false } as const

export function CacheCard({ client }: { client: Client }) {
  const { t } = useTranslation('client')
  const canEdit = useCanEdit()
  const change = useChange(['config'], (choice: Choice) => api.patch(clientPath(client.slug), { cache_enabled: values[choice] }))
  const clear = useChange(['config'], () => api.post<Answer<'POST /clients/:client/cache/clear'>>(`${clientPath(client.slug)}/cache/clear`))
  const current: Choice = client.cache_enabled === null ? 'shared' : client.cache_enabled ? 'on' : 'off'
  const options = (['shared', 'on', 'off'] as const).map((value) => ({ value, label: t(`cache.${value}`) }))
  return (
    <Card title={t('cache.title')} description={t('cache.text')}>
      <div className="space-y-5">
        <FormField label={t('cache.label')} className="max-w-xs">
          {(control) => (
            <Select
              {...control}
              disabled={!canEdit || change.isPending}
              value={change.isPending ? change.variables : current}
              options={options}
              onValueChange={(choice) => change.mutate(choice as Choice, { onSuccess: () => void toast.success(t('saved')) })}
            />
          )}
        </FormField>
        {change.error && <ErrorNote error={change.error} />}
        {canEdit && (
          <ConfirmDialog
            trigger={<Button variant="secondary">{t('cache.clear')}</Button>}
            title={t('cache.clearTitle')}
            description={t('cache.clearText')}
            action={t('cache.clear')}
            onConfirm={() => clear.mutateAsync().then(({ answers }) => toast.success(t('cache.cleared', { count: answers })))}
          />
        )}
        <SemanticCacheForm key={JSON.stringify(client.semantic_cache)} client={client} />
      </div>
    </Card>
  )
}
