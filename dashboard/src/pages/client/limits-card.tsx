import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, useChange } from '../../api/index.ts'
import { useCanEdit } from '../../auth/index.ts'
import { useFormat } from '../../format/index.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { ErrorNote } from '../../ui/error-state.tsx'
import { FormField } from '../../ui/form-field.tsx'
import { Input } from '../../ui/input.tsx'
import { toast } from '../../ui/toast.tsx'
import { type Client, clientPath } from './client.ts'
import { countProblem, toCount } from './count-field.ts'

const fields = {
  max_requests_per_minute: 'requests',
  max_tokens_per_minute: 'tokens',
  max_concurrent_calls: 'concurrent',
  default_max_output_tokens: 'output',
} as const
type Field = keyof typeof fields

/** How much at once; how much in all is the budgets' business. */
export function LimitsCard({ client }: { client: Client }) {
  const { t } = useTranslation('client')
  const canEdit = useCanEdit()
  const format = useFormat()
  // What the gateway does not know yet is not asked for.
  const shown = (Object.keys(fields) as Field[]).filter((field) => client[field] !== undefined)
  const first = (field: Field) => (client[field] == null ? '' : format.number(client[field], 0))
  const [texts, setTexts] = useState<Partial<Record<Field, string>>>({})
  const [wasSent, setSent] = useState(false)
  const save = useChange(['config'], (body: Partial<Record<Field, number | null>>) => api.patch(clientPath(client.slug), body))
  const textOf = (field: Field) => texts[field] ?? first(field)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setSent(true)
    if (shown.some((field) => countProblem(textOf(field)))) return
    const wish = Object.fromEntries(shown.map((field) => [field, toCount(textOf(field))]))
    save.mutate(wish, {
      onSuccess: () => {
        setTexts({})
        setSent(false)
        toast.success(t('saved'))
      },
    })
  }
  return (
    <Card title={t('limits.title')} description={t('limits.text')}>
      <form onSubmit={submit} noValidate className="space-y-5">
        <div className="grid gap-4 sm:grid-cols-2">
          {shown.map((field) => (
            <FormField
              key={field}
              label={t(`limits.${fields[field]}`)}
              isOptional
              hint={t(`limits.${fields[field]}Text`)}
              error={wasSent && countProblem(textOf(field)) ? t('limits.wrong') : undefined}
            >
              {(control) => (
                <Input
                  {...control}
                  inputMode="numeric"
                  disabled={!canEdit}
                  placeholder={field === 'default_max_output_tokens' ? t('limits.modelDefault') : t('limits.none')}
                  value={textOf(field)}
                  onChange={(event) => setTexts({ ...texts, [field]: event.target.value })}
                />
              )}
            </FormField>
          ))}
        </div>
        {save.error && <ErrorNote error={save.error} />}
        {canEdit && (
          <Button type="submit" isBusy={save.isPending} disabled={Object.keys(texts).length === 0}>
            {t('limits.save')}
          </Button>
        )}
      </form>
    </Card>
  )
}
