import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Answer, api, type Body, useChange } from '../../api/index.ts'
import { Button } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { FormDialog } from '../../ui/form-dialog.tsx'
import { FormField } from '../../ui/form-field.tsx'
import { Input } from '../../ui/input.tsx'
import { SecretField } from '../../ui/secret-field.tsx'
import { type Client, clientPath } from './client.ts'
import { countProblem, toCount } from './count-field.ts'

export interface CreateKeyDialogProps {
  client: Client
  isOpen: boolean
  onOpenChange(isOpen: boolean): void
}

/** The form, then the key, this one time. */
export function CreateKeyDialog({ client, isOpen, onOpenChange }: CreateKeyDialogProps) {
  const [key, setKey] = useState<string>()
  if (key !== undefined) return <NewKeyDialog value={key} client={client} onClose={() => setKey(undefined)} />
  return isOpen ? <KeyForm client={client} onOpenChange={onOpenChange} onCreated={setKey} /> : null
}

function KeyForm({ client, onOpenChange, onCreated }: Omit<CreateKeyDialogProps, 'isOpen'> & { onCreated(key: string): void }) {
  const { t } = useTranslation('client')
  const [name, setName] = useState('')
  const [expires, setExpires] = useState('')
  const [requests, setRequests] = useState('')
  const [tokens, setTokens] = useState('')
  const [concurrent, setConcurrent] = useState('')
  const [wasSent, setSent] = useState(false)
  const create = useChange(['config'], (body: Body<'POST /clients/:client/keys'>) =>
    api.post<Answer<'POST /clients/:client/keys'>>(`${clientPath(client.slug)}/keys`, body),
  )
  const isWrong = name.trim() === '' || [requests, tokens, concurrent].some(countProblem)
  const submit = async () => {
    setSent(true)
    if (isWrong) return false
    const [perRequest, perToken, atOnce] = [toCount(requests), toCount(tokens), toCount(concurrent)]
    const made = await create.mutateAsync({
      name: name.trim(),
      ...(expires !== '' && { expires_at: expires }),
      ...(perRequest !== null && { requests_per_minute: perRequest }),
      ...(perToken !== null && { tokens_per_minute: perToken }),
      ...(atOnce !== null && { max_concurrent_calls: atOnce }),
    })
    onCreated(made.key)
    return true
  }
  const wrong = (text: string) => (wasSent && countProblem(text) ? t('limits.wrong') : undefined)
  return (
    <FormDialog
      isOpen
      onOpenChange={onOpenChange}
      title={t('keys.create')}
      description={t('keys.createText')}
      submit={t('keys.create')}
      onSubmit={submit}
    >
      <FormField label={t('keys.name')} hint={t('keys.nameText')} error={wasSent && name.trim() === '' ? t('keys.nameMissing') : undefined}>
        {(control) => (
          <Input {...control} value={name} maxLength={200} autoComplete="off" onChange={(event) => setName(event.target.value)} />
        )}
      </FormField>
      <FormField label={t('keys.expiry')} isOptional hint={t('keys.expiryText', { zone: client.time_zone.replaceAll('_', ' ') })}>
        {(control) => <Input {...control} type="date" value={expires} onChange={(event) => setExpires(event.target.value)} />}
      </FormField>
      <div className="grid items-end gap-4 sm:grid-cols-2">
        <FormField label={t('limits.requests')} isOptional error={wrong(requests)}>
          {(control) => <Input {...control} inputMode="numeric" value={requests} onChange={(event) => setRequests(event.target.value)} />}
        </FormField>
        <FormField label={t('limits.tokens')} isOptional error={wrong(tokens)}>
          {(control) => <Input {...control} inputMode="numeric" value={tokens} onChange={(event) => setTokens(event.target.value)} />}
        </FormField>
        <FormField label={t('limits.concurrent')} isOptional error={wrong(concurrent)}>
          {(control) => (
            <Input {...control} inputMode="numeric" value={concurrent} onChange={(event) => setConcurrent(event.target.value)} />
          )}
        </FormField>
      </div>
    </FormDialog>
  )
}

function NewKeyDialog({ value, client, onClose }: { value: string; client: Client; onClose(): void }) {
  const { t } = useTranslation('client')
  const example = curlOf(value, client)
  return (
    <Dialog isOpen onOpenChange={onClose} title={t('keys.ready')} size="lg" footer={<Button onClick={onClose}>{t('keys.kept')}</Button>}>
      <div className="space-y-5">
        <SecretField value={value} label={t('keys.new')} />
        <section className="space-y-2">
          <div className="flex flex-wrap items-center justify-between gap-2">
            <h3 className="text-sm font-medium">{t('keys.try')}</h3>
            <CopyButton value={example} label={t('keys.copyExample')} variant="ghost" size="sm" />
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: whoever has no mouse scrolls it by keyboard */}
          <pre tabIndex={0} className="overflow-x-auto rounded-md bg-muted p-4 font-mono text-xs leading-5">
            {example}
          </pre>
        </section>
      </div>
    </Dialog>
  )
}

function curlOf(key: string, { locale, primary_model: model }: Client): string {
  const content = locale === 'pt-BR' ? 'Diga oi' : 'Say hi'
  return [
    `curl ${window.location.origin}/v1/chat/completions \\`,
    `  -H "Authorization: Bearer ${key}" \\`,
    '  -H "Content-Type: application/json" \\',
    `  -d '${JSON.stringify({ model, messages: [{ role: 'user', content }] })}'`,
  ].join('\n')
}
