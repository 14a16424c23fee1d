import { Eraser, Lock } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useSearchParams } from 'react-router'
import { type Answer, useApi } from '../../api/index.ts'
import { useCanEdit } from '../../auth/index.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { CodeDialog } from './code-dialog.tsx'
import { Composer } from './composer.tsx'
import { Conversation } from './conversation.tsx'
import { blankFields, type Fields, readFields, SettingsCard } from './settings-card.tsx'
import { useChat } from './use-chat.ts'

export function PlaygroundPage() {
  const { t } = useTranslation('playground')
  const canEdit = useCanEdit()
  if (canEdit) return <Playground />
  const usage = (
    <Button asChild variant="secondary">
      <Link to="/usage">{t('viewer.action')}</Link>
    </Button>
  )
  return (
    <>
      <PageHeader title={t('title')} />
      <EmptyState icon={Lock} title={t('viewer.title')} text={t('viewer.text')} action={usage} />
    </>
  )
}

function Playground() {
  const { t } = useTranslation('playground')
  const [params] = useSearchParams()
  const chat = useChat()
  const [fields, setFields] = useState<Fields>({ ...blankFields, client: params.get('client') ?? '', model: params.get('model') ?? '' })
  const [wasAsked, setWasAsked] = useState(false)
  const usual = useApi<Answer<'GET /clients/:client'>>(
    'config',
    `/api/admin/clients/${encodeURIComponent(fields.client)}`,
    {},
    { enabled: fields.client !== '' },
  )
  // Until one types another one, the model is what the client's own programs get.
  const current = { ...fields, model: fields.model === '' ? (usual.data?.primary_model ?? '') : fields.model }
  const { settings, problems } = readFields(current)
  const isReady = Object.keys(problems).length === 0
  useBottom(chat.turns)
  const send = (prompt: string) => {
    setWasAsked(true)
    if (isReady) chat.send(prompt, settings)
    return isReady
  }
  return (
    <>
      <PageHeader
        title={t('title')}
        description={t('description')}
        actions={
          <>
            <CodeDialog settings={settings} turns={chat.turns} />
            {chat.turns.length > 0 && (
              <ConfirmDialog
                trigger={
                  <Button variant="secondary">
                    <Eraser aria-hidden />
                    {t('clear.open')}
                  </Button>
                }
                title={t('clear.title')}
                description={t('clear.text')}
                action={t('clear.open')}
                onConfirm={async () => chat.clear()}
              />
            )}
          </>
        }
      />
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_18rem]">
        <SettingsCard
          fields={fields}
          usualModel={usual.data?.primary_model}
          problems={wasAsked ? problems : {}}
          onChange={(change) => setFields((before) => ({ ...before, ...change }))}
        />
        <div className="flex min-w-0 flex-col gap-4 lg:col-start-1 lg:row-start-1 lg:min-h-[calc(100dvh-13rem)]">
          <Conversation chat={chat} onRetry={(turn) => isReady && chat.retry(turn, settings)} />
          <Composer isBusy={chat.isBusy} onSend={send} onStop={chat.stop} />
        </div>
      </div>
    </>
  )
}

/** Keeps the end of the answer in view, but only for who is there: whoever has scrolled up to read is left alone. */
function useBottom(turns: readonly unknown[]): void {
  const isAtEnd = useRef(true)
  useEffect(() => {
    const look = () => {
      const { scrollHeight, clientHeight } = document.documentElement
      isAtEnd.current = scrollHeight - window.scrollY - clientHeight < 120
    }
    window.addEventListener('scroll', look, { passive: true })
    return () => window.removeEventListener('scroll', look)
  }, [])
  useEffect(() => {
    if (turns.length > 0 && isAtEnd.current) window.scrollTo({ top: document.documentElement.scrollHeight })
  }, [turns])
}
