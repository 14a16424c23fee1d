import { ExternalLink } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, useChange } from '../../api/index.ts'
import { useCanEdit } from '../../auth/index.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorNote } from '../../ui/error-state.tsx'
import { FormField } from '../../ui/form-field.tsx'
import { SecretInput } from '../../ui/secret-field.tsx'
import { toast } from '../../ui/toast.tsx'
import { Box } from './box.tsx'
import { keyProblem } from './key-problem.ts'
import { type BoxNumber, type Setup, slotOf } from './steps.ts'
import type { OnlineCheck } from './use-online-check.ts'

type Key = Setup['keys'][number]

/** Where each is made. */
const pages: Record<Key['slot'], string> = {
  gateway: 'https://vercel.com/d?to=%2F%5Bteam%5D%2F%7E%2Fai%2Fapi-keys',
  openai: 'https://platform.openai.com/api-keys',
  groq: 'https://console.groq.com/keys',
  anthropic: 'https://console.anthropic.com/settings/keys',
  google: 'https://aistudio.google.com/app/apikey',
}

/** A key's box: what is stored stays unseen; it can be replaced, and its provider asked whether it is good. */
export function KeyBox({ setup, number, online }: { setup: Setup; number: BoxNumber; online: OnlineCheck }) {
  const { t } = useTranslation('configuration')
  const canEdit = useCanEdit()
  const [isReplacing, setReplacing] = useState(false)
  const key = setup.keys.find(({ slot }) => slot === slotOf(number))
  if (key === undefined) return null
  const asked = online.resultOf(key.slot)
  const done = () => {
    setReplacing(false)
    online.forget()
  }
  return (
    <Box setup={setup} number={number}>
      {asked !== undefined && (
        <p role="status" className={asked.isGood ? 'text-sm text-success' : 'text-sm text-danger'}>
          {asked.isGood ? t('key.good', { provider: key.display_name }) : t('key.bad', { problem: asked.problem })}
        </p>
      )}
      {key.is_stored && (
        <div className="flex flex-wrap gap-2">
          <Button
            variant="secondary"
            size="sm"
            isBusy={online.isBusy}
            onClick={online.ask}
            aria-label={`${t('key.ask')}: ${key.display_name}`}
          >
            {t('key.ask')}
          </Button>
          {canEdit && !isReplacing && (
            <Button variant="ghost" size="sm" onClick={() => setReplacing(true)} aria-label={`${t('key.replace')}: ${key.display_name}`}>
              {t('key.replace')}
            </Button>
          )}
        </div>
      )}
      {canEdit && (isReplacing || !key.is_stored) && <KeyForm entry={key} keys={setup.keys} onDone={done} />}
    </Box>
  )
}

function KeyForm({ entry, keys, onDone }: { entry: Key; keys: Setup['keys']; onDone(): void }) {
  const { t } = useTranslation('configuration')
  const [value, setValue] = useState('')
  const [wasSent, setSent] = useState(false)
  const store = useChange(['config'], (key: string) => api.put(`/api/admin/setup/keys/${entry.slot}`, { key }))
  const problem = keyProblem(value.trim(), entry.slot, keys)
  const names = { provider: entry.display_name, prefix: entry.prefix }
  const words = problem && t(`key.problems.${problem.code}`, { ...names, owner: problem.code === 'other' ? problem.owner : '' })
  // While one pastes or types, only what no further letter can put right.
  const isShown = wasSent || (value.length > entry.prefix.length && problem !== undefined)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setSent(true)
    if (problem !== undefined) return
    // With the key stored this form may be gone before it hears of it: so the promise is waited for.
    store.mutateAsync(value.trim()).then(
      () => {
        toast.success(t('key.saved', names))
        onDone()
      },
      () => {},
    )
  }
  return (
    <form onSubmit={submit} className="max-w-xl space-y-3" noValidate>
      <FormField label={t('key.label', names)} hint={<KeyHint entry={entry} />} error={isShown ? words : undefined}>
        {(control) => (
          <SecretInput
            {...control}
            value={value}
            autoComplete="off"
            placeholder={`${entry.prefix}…`}
            onChange={(event) => setValue(event.target.value)}
          />
        )}
      </FormField>
      {store.error && <ErrorNote error={store.error} />}
      <Button
        type="submit"
        size="sm"
        variant={entry.is_optional ? 'secondary' : 'primary'}
        isBusy={store.isPending}
        aria-label={`${t('key.save')}: ${entry.display_name}`}
      >
        {t('key.save')}
      </Button>
    </form>
  )
}

function KeyHint({ entry }: { entry: Key }) {
  const { t } = useTranslation('configuration')
  return (
    <>
      {t('key.hint', { prefix: entry.prefix })}{' '}
      <a
        href={pages[entry.slot]}
        target="_blank"
        rel="noreferrer"
        className="inline-flex items-center gap-1 whitespace-nowrap text-primary underline underline-offset-4 hover:no-underline"
      >
        {t('key.make', { provider: entry.display_name })}
        <ExternalLink className="size-3.5" aria-hidden />
      </a>
    </>
  )
}
