import { Plus } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Answer, api, useApi, useChange } from '../../api/index.ts'
import { useCanEdit } from '../../auth/index.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { FormDialog } from '../../ui/form-dialog.tsx'
import { FormField } from '../../ui/form-field.tsx'
import { Input, Textarea } from '../../ui/input.tsx'
import { SecretField } from '../../ui/secret-field.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { toast } from '../../ui/toast.tsx'
import type { Channel } from './channel.ts'
import { emptyTool, type Tool, type ToolForm, toolProblems, toToolBody, toToolForm } from './tool.ts'

/** What the model may call at the client's own system. One dialog at a time: the list, a tool, a new secret. */
export function ToolsDialog({ channel, onClose }: { channel: Channel; onClose(): void }) {
  const { t } = useTranslation('whatsapp')
  const [edited, setEdited] = useState<Tool | 'new'>()
  const [secret, setSecret] = useState<string>()
  const path = `/api/admin/whatsapp/channels/${channel.id}/tools`
  if (secret !== undefined) {
    const close = () => setSecret(undefined)
    return (
      <Dialog isOpen onOpenChange={close} title={t('tools.secret')} footer={<Button onClick={close}>{t('tools.kept')}</Button>}>
        <SecretField value={secret} label={t('tools.secret')} hint={t('tools.secretText')} />
      </Dialog>
    )
  }
  if (edited !== undefined) {
    return <ToolDialog path={path} tool={edited === 'new' ? undefined : edited} onClose={() => setEdited(undefined)} onSecret={setSecret} />
  }
  return <ToolList path={path} onClose={onClose} onEdit={setEdited} onSecret={setSecret} />
}

interface ToolListProps {
  path: string
  onClose(): void
  onEdit(tool: Tool | 'new'): void
  onSecret(secret: string): void
}

function ToolList({ path, onClose, onEdit, onSecret }: ToolListProps) {
  const { t } = useTranslation('whatsapp')
  const canEdit = useCanEdit()
  const tools = useApi<Tool[]>('config', path)
  const add = canEdit && (
    <Button onClick={() => onEdit('new')}>
      <Plus aria-hidden />
      {t('tools.add')}
    </Button>
  )
  return (
    <Dialog isOpen onOpenChange={onClose} title={t('menu.tools')} description={t('tools.text')} size="lg" footer={add}>
      {tools.error ? (
        <ErrorState error={tools.error} onRetry={() => void tools.refetch()} />
      ) : tools.data === undefined ? (
        <Skeleton className="h-24" />
      ) : tools.data.length === 0 ? (
        <p className="text-sm text-muted-foreground">{t('tools.empty')}</p>
      ) : (
        <ul className="divide-y border-y">
          {tools.data.map((tool) => (
            <ToolRow key={tool.name} path={path} tool={tool} canEdit={canEdit} onEdit={onEdit} onSecret={onSecret} />
          ))}
        </ul>
      )}
    </Dialog>
  )
}

interface ToolRowProps extends Omit<ToolListProps, 'onClose'> {
  tool: Tool
  canEdit: boolean
}

function ToolRow({ path, tool, canEdit, onEdit, onSecret }: ToolRowProps) {
  const { t } = useTranslation(['whatsapp', 'common'])
  const one = `${path}/${tool.name}`
  const renew = useChange(['config'], () => api.post<Answer<'POST /whatsapp/channels/:channel/tools/:tool/secret'>>(`${one}/secret`))
  const remove = useChange(['config'], () => api.delete(one))
  return (
    <li className="space-y-2 py-3 text-sm">
      <p className="font-mono font-medium break-all">{tool.name}</p>
      <p className="break-words">{tool.description}</p>
      <p className="break-all text-muted-foreground">{tool.url}</p>
      {canEdit && (
        <div className="flex flex-wrap gap-2">
          <Button variant="secondary" size="sm" aria-label={`${t('common:actions.edit')}: ${tool.name}`} onClick={() => onEdit(tool)}>
            {t('common:actions.edit')}
          </Button>
          <ConfirmDialog
            trigger={
              <Button variant="secondary" size="sm" aria-label={`${t('tools.renew')}: ${tool.name}`}>
                {t('tools.renew')}
              </Button>
            }
            title={t('tools.renewTitle')}
            description={t('tools.renewText')}
            action={t('tools.renew')}
            onConfirm={() => renew.mutateAsync().then(({ secret }) => onSecret(secret))}
          />
          <ConfirmDialog
            trigger={
              <Button variant="secondary" size="sm" aria-label={`${t('menu.remove')}: ${tool.name}`}>
                {t('menu.remove')}
              </Button>
            }
            title={t('tools.removeTitle', { name: tool.name })}
            description={t('tools.removeText')}
            action={t('menu.remove')}
            onConfirm={() => remove.mutateAsync().then(() => toast.success(t('tools.removed')))}
          />
        </div>
      )}
    </li>
  )
}

const exampleSchema = JSON.stringify({ type: 'object', properties: { pedido: { type: 'string' } } }, null, 2)

interface ToolDialogProps {
  path: string
  /** Undefined adds one. */
  tool: Tool | undefined
  onClose(): void
  onSecret(secret: string): void
}

function ToolDialog({ path, tool, onClose, onSecret }: ToolDialogProps) {
  const { t } = useTranslation(['whatsapp', 'common'])
  const [form, setForm] = useState<ToolForm>(tool ? toToolForm(tool) : emptyTool)
  const [wasSent, setSent] = useState(false)
  const problems = toolProblems(form)
  const save = useChange(['config'], (wish: ToolForm) =>
    api.put<Answer<'PUT /whatsapp/channels/:channel/tools/:tool'>>(`${path}/${wish.name.trim()}`, toToolBody(wish)),
  )
  const submit = async () => {
    setSent(true)
    if (problems.size > 0) return false
    const { secret } = await save.mutateAsync(form)
    toast.success(t('tools.saved'))
    if (secret !== null) onSecret(secret)
    return true
  }
  const field = (name: keyof ToolForm) => ({
    label: t(`tools.fields.${name}`),
    hint: t(`tools.hints.${name}`),
    error: wasSent && problems.has(name) ? t(`tools.wrong.${name}`) : undefined,
  })
  const change = (name: keyof ToolForm) => ({
    value: form[name],
    onChange: (event: { target: { value: string } }) => setForm({ ...form, [name]: event.target.value }),
  })
  return (
    <FormDialog
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={tool ? t('tools.edit') : t('tools.add')}
      submit={tool ? t('common:actions.save') : t('tools.add')}
      onSubmit={submit}
      size="lg"
    >
      <FormField {...field('name')}>
        {(control) => (
          <Input {...control} {...change('name')} disabled={tool !== undefined} placeholder="consulta_pedido" autoComplete="off" />
        )}
      </FormField>
      <FormField {...field('description')}>
        {(control) => <Textarea {...control} {...change('description')} rows={2} maxLength={1_024} />}
      </FormField>
      <FormField {...field('url')}>
        {(control) => <Input {...control} {...change('url')} type="url" autoComplete="off" placeholder="https://" />}
      </FormField>
      <FormField {...field('parameters')} isOptional>
        {(control) => (
          <Textarea {...control} {...change('parameters')} rows={6} className="font-mono" spellCheck={false} placeholder={exampleSchema} />
        )}
      </FormField>
    </FormDialog>
  )
}
