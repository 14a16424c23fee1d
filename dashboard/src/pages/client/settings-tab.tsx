import { type FormEvent, useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { api, type Body, useChange } from '../../api/index.ts'
import { useCanEdit } from '../../auth/index.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { ErrorNote } from '../../ui/error-state.tsx'
import { FormField } from '../../ui/form-field.tsx'
import { Input } from '../../ui/input.tsx'
import { Label } from '../../ui/label.tsx'
import { Switch } from '../../ui/switch.tsx'
import { toast } from '../../ui/toast.tsx'
import { LanguageField, PlanField, ZoneField } from '../clients/client-fields.tsx'
import { type Client, clientPath } from './client.ts'
import { RetentionCard } from './retention-card.tsx'

export function SettingsTab({ client }: { client: Client }) {
  const canEdit = useCanEdit()
  return (
    <div className="max-w-3xl space-y-6">
      <DetailsCard key={JSON.stringify([client.name, client.plan, client.time_zone, client.locale])} client={client} />
      <PortalCard client={client} />
      <RetentionCard key={client.message_retention_days} client={client} />
      {canEdit && <AccessCard client={client} />}
    </div>
  )
}

function PortalCard({ client }: { client: Client }) {
  const { t } = useTranslation('client')
  const canEdit = useCanEdit()
  const id = useId()
  const change = useClientChange(client)
  const isOn = change.isPending ? change.variables.portal_may_manage_keys === true : client.portal_may_manage_keys
  return (
    <Card
      title={t('settings.portal')}
      description={t('settings.portalText')}
      actions={
        <Button asChild variant="secondary">
          <Link to={`/users?client=${client.slug}`}>{t('overview.users')}</Link>
        </Button>
      }
    >
      <div className="flex items-start justify-between gap-4 border-t pt-4">
        <div className="min-w-0">
          <Label htmlFor={id}>{t('settings.portalKeys')}</Label>
          <p id={`${id}-text`} className="text-sm text-muted-foreground">
            {t('settings.portalKeysText')}
          </p>
        </div>
        <Switch
          id={id}
          aria-describedby={`${id}-text`}
          checked={isOn}
          disabled={!canEdit || change.isPending}
          onCheckedChange={(mayManage) =>
            change.mutate({ portal_may_manage_keys: mayManage }, { onSuccess: () => void toast.success(t('saved')) })
          }
        />
      </div>
      {change.error && <ErrorNote error={change.error} />}
    </Card>
  )
}

function useClientChange(client: Client) {
  return useChange(['config', 'usage'], (body: Body<'PATCH /clients/:client'>) => api.patch(clientPath(client.slug), body))
}

function DetailsCard({ client }: { client: Client }) {
  const { t } = useTranslation(['client', 'clients'])
  const canEdit = useCanEdit()
  const [name, setName] = useState(client.name)
  const [plan, setPlan] = useState(client.plan)
  const [zone, setZone] = useState(client.time_zone)
  const [locale, setLocale] = useState(client.locale)
  const save = useClientChange(client)
  const isNameMissing = name.trim() === ''
  const isPlanMissing = plan.trim() === ''
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (isNameMissing || isPlanMissing) return
    // As with the models: the form begins anew with what was saved.
    save.mutateAsync({ name: name.trim(), plan: plan.trim(), time_zone: zone, locale }).then(
      () => toast.success(t('saved')),
      () => {},
    )
  }
  return (
    <Card title={t('settings.title')}>
      <form onSubmit={submit} noValidate>
        <fieldset disabled={!canEdit} className="space-y-4">
          <FormField label={t('clients:name')} error={isNameMissing ? t('clients:nameMissing') : undefined}>
            {(control) => <Input {...control} value={name} maxLength={200} onChange={(event) => setName(event.target.value)} />}
          </FormField>
          <PlanField value={plan} onChange={setPlan} error={isPlanMissing ? t('clients:planMissing') : undefined} />
          {plan.trim() !== client.plan && <p className="text-sm text-warning">{t('settings.planChange')}</p>}
          <div className="grid gap-4 sm:grid-cols-2">
            <ZoneField value={zone} onChange={setZone} />
            <LanguageField value={locale} onChange={setLocale} />
          </div>
          {save.error && <ErrorNote error={save.error} />}
          {canEdit && (
            <Button type="submit" isBusy={save.isPending}>
              {t('save')}
            </Button>
          )}
        </fieldset>
      </form>
    </Card>
  )
}

/** What lets a client call, and what stops it: both act within a second. */
function AccessCard({ client }: { client: Client }) {
  const { t } = useTranslation('client')
  const isSuspended = client.status === 'suspended'
  return (
    <Card title={t('access.title')} description={t('access.text')}>
      <div className="divide-y">
        <Access
          client={client}
          kind="gateway"
          isOn={client.use_ai_gateway}
          turnOn={{ use_ai_gateway: true }}
          turnOff={{ use_ai_gateway: false }}
        />
        <Access client={client} kind="status" isOn={!isSuspended} turnOn={{ status: 'active' }} turnOff={{ status: 'suspended' }} />
      </div>
    </Card>
  )
}

interface AccessProps {
  client: Client
  kind: 'gateway' | 'status'
  isOn: boolean
  turnOn: Body<'PATCH /clients/:client'>
  turnOff: Body<'PATCH /clients/:client'>
}

function Access({ client, kind, isOn, turnOn, turnOff }: AccessProps) {
  const { t } = useTranslation('client')
  const change = useClientChange(client)
  return (
    <div className="space-y-3 py-4 first:pt-0 last:pb-0">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <div className="min-w-0 flex-1 basis-56">
          <p className="text-sm font-medium">{t(`access.${kind}.${isOn ? 'isOn' : 'isOff'}`)}</p>
          <p className="text-sm text-muted-foreground">{t(`access.${kind}.text`)}</p>
        </div>
        {isOn ? (
          <ConfirmDialog
            trigger={<Button variant="secondary">{t(`access.${kind}.turnOff`)}</Button>}
            title={t(`access.${kind}.title`, { name: client.name })}
            description={t(`access.${kind}.confirm`)}
            action={t(`access.${kind}.turnOff`)}
            onConfirm={() => change.mutateAsync(turnOff).then(() => toast.success(t('saved')))}
          />
        ) : (
          <Button isBusy={change.isPending} onClick={() => change.mutate(turnOn, { onSuccess: () => void toast.success(t('saved')) })}>
            {t(`access.${kind}.turnOn`)}
          </Button>
        )}
      </div>
      {change.error && isOn === false && <ErrorNote error={change.error} />}
    </div>
  )
}
