import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { type Answer, api, useChange } from '../../api/index.ts'
import { useFormat } from '../../format/index.ts'
import { ClientPicker } from '../../pickers/client-picker.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorNote } from '../../ui/error-state.tsx'
import { FormField } from '../../ui/form-field.tsx'
import type { Model } from './model.ts'

type Result = Answer<'POST /models/test'>

/** One small call of the model through the whole gateway, on a client of the operator's choice. */
export function TestModelDialog({ model, onClose }: { model: Model | undefined; onClose(): void }) {
  const { t } = useTranslation('models')
  return (
    <Dialog
      isOpen={model !== undefined}
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={t('test.title', { model: model?.gateway_identifier ?? '' })}
      description={t('test.text')}
    >
      {model && <TestModel model={model} onClose={onClose} />}
    </Dialog>
  )
}

function TestModel({ model, onClose }: { model: Model; onClose(): void }) {
  const { t } = useTranslation('models')
  const { t: common } = useTranslation()
  const [client, setClient] = useState('')
  const test = useChange(['usage'], () => api.post<Result>('/api/admin/models/test', { client, model: model.gateway_identifier }))
  return (
    <form
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault()
        if (client !== '') test.mutate()
      }}
    >
      <FormField label={t('test.client')} hint={t('test.clientHint')}>
        {(control) => <ClientPicker control={control} value={client} onChange={setClient} placeholder={t('add.choose')} />}
      </FormField>
      <div aria-live="polite">{test.data && !test.isPending && <Outcome result={test.data} client={client} />}</div>
      {test.error && <ErrorNote error={test.error} />}
      <div className="flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">
        <Button variant="secondary" onClick={onClose}>
          {common('actions.close')}
        </Button>
        <Button type="submit" isBusy={test.isPending} disabled={client === ''}>
          {t(test.data ? 'test.again' : 'test.submit')}
        </Button>
      </div>
    </form>
  )
}

function Outcome({ result, client }: { result: Result; client: string }) {
  const { t } = useTranslation('models')
  const format = useFormat()
  return (
    <div className="space-y-3 rounded-md border bg-muted/40 p-4 text-sm">
      <p className="font-medium">{t('test.answer')}</p>
      <p className="whitespace-pre-wrap break-words">{result.text}</p>
      <dl className="flex flex-wrap gap-x-6 gap-y-1 border-t pt-3">
        {(
          [
            [t('test.time'), format.duration(result.latency_ms)],
            [t('test.tokens'), format.number(result.total_tokens, 0)],
            [t('columns.provider'), result.provider],
          ] as const
        ).map(([label, value]) => (
          <div key={label} className="flex gap-1.5">
            <dt className="text-muted-foreground">{label}</dt>
            <dd className="font-medium">{value}</dd>
          </div>
        ))}
      </dl>
      <Link
        to={`/usage?tab=calls&client=${encodeURIComponent(client)}&source=test`}
        className="inline-block text-primary underline underline-offset-4"
      >
        {t('test.seeUsage')}
      </Link>
    </div>
  )
}
