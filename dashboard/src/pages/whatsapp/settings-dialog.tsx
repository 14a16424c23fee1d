import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, useApi, useChange } from '../../api/index.ts'
import { useCanEdit } from '../../auth/index.ts'
import { useFormat } from '../../format/index.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { FormDialog } from '../../ui/form-dialog.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { toast } from '../../ui/toast.tsx'
import { AnswerFields, ContactFields, HandOffFields } from './bot-fields.tsx'
import { type Bot, type Form, problemsOf, type Settings, toBot, toForm, toSettings } from './bot-settings.ts'
import { CallbackUrl } from './callback-url.tsx'
import type { Channel } from './channel.ts'

/** How a number answers. */
export function SettingsDialog({ channel, onClose }: { channel: Channel; onClose(): void }) {
  const { t } = useTranslation('whatsapp')
  const path = `/api/admin/whatsapp/channels/${channel.id}`
  const settings = useApi<Settings>('config', path)
  const bot = useApi<Bot>('config', `${path}/bot`)
  if (settings.data && bot.data) return <SettingsForm path={path} settings={settings.data} bot={bot.data} onClose={onClose} />
  const retry = () => {
    void settings.refetch()
    void bot.refetch()
  }
  const error = settings.error ?? bot.error
  return (
    <Dialog isOpen onOpenChange={onClose} title={t('settings.title')} description={t('settings.text')} size="lg">
      {error ? <ErrorState error={error} onRetry={retry} /> : <Skeleton className="h-96" />}
    </Dialog>
  )
}

interface SettingsFormProps {
  path: string
  settings: Settings
  bot: Bot
  onClose(): void
}

function SettingsForm({ path, settings, bot, onClose }: SettingsFormProps) {
  const { t } = useTranslation('whatsapp')
  const canEdit = useCanEdit()
  const format = useFormat()
  const [form, setForm] = useState(() => toForm(settings, bot, (value) => format.number(value, 3)))
  const [wasSent, setSent] = useState(false)
  const save = useChange(['config'], async (wish: Form) => {
    await api.patch(path, toSettings(wish))
    await api.patch(`${path}/bot`, toBot(wish))
  })
  const problems = problemsOf(form)
  const fields = {
    form,
    onChange: (change: Partial<Form>) => setForm({ ...form, ...change }),
    isWrong: (field: keyof Form) => wasSent && problems.has(field),
  }
  const content = (
    <fieldset disabled={!canEdit} className="min-w-0 space-y-8">
      <AnswerFields {...fields} client={settings.client} />
      <ContactFields {...fields} />
      <HandOffFields {...fields} />
      <CallbackUrl of={settings} />
    </fieldset>
  )
  const frame = { isOpen: true, title: t('settings.title'), description: t('settings.text'), size: 'lg' as const }
  const close = (isOpen: boolean) => !isOpen && onClose()
  if (!canEdit) {
    return (
      <Dialog {...frame} onOpenChange={close}>
        {content}
      </Dialog>
    )
  }
  const submit = async () => {
    setSent(true)
    if (problems.size > 0) return false
    await save.mutateAsync(form)
    toast.success(t('settings.saved'))
    return true
  }
  return (
    <FormDialog {...frame} onOpenChange={close} submit={t('settings.save')} onSubmit={submit}>
      {content}
    </FormDialog>
  )
}
