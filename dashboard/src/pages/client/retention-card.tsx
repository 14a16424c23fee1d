import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, type Body, useChange } from '../../api/index.ts'
import { useCanEdit } from '../../auth/index.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { ErrorNote } from '../../ui/error-state.tsx'
import { FormField } from '../../ui/form-field.tsx'
import { Input } from '../../ui/input.tsx'
import { toast } from '../../ui/toast.tsx'
import { type Client, clientPath } from './client.ts'
import { countProblem, toCount } from './count-field.ts'

const mostDays = 36_500

/** For how long what contacts said and were told is kept. What is deleted does not come back, so a shorter time asks once. */
export function RetentionCard({ client }: { client: Client }) {
  const { t } = useTranslation('client')
  const canEdit = useCanEdit()
  const kept = client.message_retention_days
  const [text, setText] = useState(kept === null ? '' : String(kept))
  const [isAsking, setAsking] = useState(false)
  const save = useChange(['config'], (body: Body<'PATCH /clients/:client'>) => api.patch(clientPath(client.slug), body))
  const days = toCount(text)
  const isWrong = countProblem(text) || (days ?? 0) > mostDays
  const keep = () => save.mutateAsync({ message_retention_days: days }).then(() => toast.success(t('saved')))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (isWrong) return
    if (days !== null && days < (kept ?? Number.POSITIVE_INFINITY)) setAsking(true)
    else keep().catch(() => {})
  }
  return (
    <Card title={t('retention.title')} description={t('retention.text')}>
      <form onSubmit={submit} noValidate>
        <fieldset disabled={!canEdit} className="space-y-4">
          <FormField
            label={t('retention.days')}
            isOptional
            hint={t('retention.daysText')}
            error={isWrong ? t('retention.wrong') : undefined}
          >
            {(control) => (
              <Input
                {...control}
                inputMode="numeric"
                className="sm:max-w-48"
                placeholder={t('retention.forever')}
                value={text}
                onChange={(event) => setText(event.target.value)}
              />
            )}
          </FormField>
          {save.error && !isAsking && <ErrorNote error={save.error} />}
          {canEdit && (
            <Button type="submit" isBusy={save.isPending} disabled={days === kept}>
              {t('save')}
            </Button>
          )}
        </fieldset>
      </form>
      <ConfirmDialog
        isOpen={isAsking}
        onOpenChange={setAsking}
        title={t('retention.confirmTitle', { count: days ?? 0, formatted: String(days ?? 0) })}
        description={t('retention.confirm', { name: client.name })}
        action={t('retention.action')}
        onConfirm={keep}
      />
    </Card>
  )
}
