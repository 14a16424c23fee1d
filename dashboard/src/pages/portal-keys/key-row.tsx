import { useTranslation } from 'react-i18next'
import { api, type PortalAnswer, useChange } from '../../api/index.ts'
import { useFormat } from '../../format/index.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { toast } from '../../ui/toast.tsx'

type Key = PortalAnswer<'GET /keys'>['keys'][number]

const tones = { active: 'success', expired: 'neutral', revoked: 'neutral' } as const

export function KeyRow({ apiKey: key, mayManage }: { apiKey: Key; mayManage: boolean }) {
  const { t } = useTranslation('portalKeys')
  const { name } = key
  const revoke = useChange(['config'], () => api.post(`/api/portal/keys/${key.id}/revoke`))
  return (
    <li className="flex flex-wrap items-center justify-between gap-3 py-4 first:pt-0 last:pb-0">
      <div className="min-w-0 space-y-1">
        <p className="flex flex-wrap items-center gap-x-2.5 gap-y-1 text-sm">
          <span className="min-w-0 font-medium break-words">{name}</span>
          <code className="text-muted-foreground">{key.prefix}…</code>
          <Badge tone={tones[key.status]}>{t(`status.${key.status}`)}</Badge>
        </p>
        <KeyFacts apiKey={key} />
      </div>
      {mayManage && key.status === 'active' && (
        <ConfirmDialog
          trigger={
            <Button variant="secondary" size="sm" aria-label={t('revoke.actionOf', { name })}>
              {t('revoke.action')}
            </Button>
          }
          title={t('revoke.title', { name })}
          description={t('revoke.text')}
          action={t('revoke.confirm')}
          onConfirm={() => revoke.mutateAsync().then(() => toast.success(t('revoke.done', { name })))}
        />
      )}
    </li>
  )
}

function KeyFacts({ apiKey: key }: { apiKey: Key }) {
  const { t } = useTranslation('portalKeys')
  const format = useFormat()
  const ends = () => {
    if (key.revoked_at !== null) return t('revokedAt', { when: format.date(key.revoked_at) })
    if (key.expires_at === null) return undefined
    return t(key.status === 'expired' ? 'expiredAt' : 'expires', { when: format.dateTime(key.expires_at) })
  }
  const facts = [
    t('created', { when: format.date(key.created_at) }),
    key.last_used_at === null ? t('neverUsed') : t('used', { when: format.relative(key.last_used_at) }),
    ends(),
    key.allowed_models !== null && t('models', { models: key.allowed_models.join(', ') }),
  ]
  return <p className="text-sm break-words text-muted-foreground">{facts.filter(Boolean).join(' · ')}</p>
}
