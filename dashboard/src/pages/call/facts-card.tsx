import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { useFormat } from '../../format/index.ts'
import { Badge } from '../../ui/badge.tsx'
import { Card } from '../../ui/card.tsx'
import { callStatusTones } from '../../usage/call-status.ts'
import type { BookedCall } from './explanation.ts'

export function FactsCard({ call }: { call: BookedCall }) {
  const { t } = useTranslation('call')
  const { t: usage } = useTranslation('usage')
  const { t: models } = useTranslation('models')
  const format = useFormat(call.time_zone)
  return (
    <Card title={t('facts.title')}>
      <dl className="grid gap-x-8 gap-y-3 text-sm sm:grid-cols-2 xl:grid-cols-3">
        <Fact label={t('facts.status')}>
          <span className="inline-flex flex-wrap gap-1">
            <Badge tone={callStatusTones[call.status] ?? 'neutral'}>
              {usage(`status.${call.status as 'ok'}`, { defaultValue: call.status })}
            </Badge>
            {call.error_code !== null && <Badge>{call.error_code}</Badge>}
          </span>
        </Fact>
        <Fact label={t('facts.client')}>
          <Link to={`/clients/${encodeURIComponent(call.client)}`} className="underline underline-offset-4 hover:no-underline">
            {call.client}
          </Link>
        </Fact>
        <Fact label={t('facts.when')}>{t('facts.whenInZone', { when: format.dateTime(call.created_at), zone: call.time_zone })}</Fact>
        <Fact label={t('facts.model')}>{`${call.provider}/${call.model_name}`}</Fact>
        {call.requested_model !== null && <Fact label={t('facts.requested')}>{call.requested_model}</Fact>}
        <Fact label={t('facts.via')}>{viaText(call.via, models('via.direct'))}</Fact>
        <Fact label={t('facts.type')}>{models(`apiType.${call.api_type as 'chat'}`, { defaultValue: call.api_type })}</Fact>
        <Fact label={t('facts.source')}>{usage(`source.${call.source as 'api'}`, { defaultValue: call.source })}</Fact>
        <Fact label={t('facts.requestId')}>
          <span className="font-mono text-xs">{call.request_id ?? '–'}</span>
        </Fact>
        <Fact label={t('facts.tokens')}>
          {t('facts.tokenParts', {
            cached: format.number(call.cached_tokens, 0),
            write: format.number(call.cache_write_tokens, 0),
            reasoning: format.number(call.reasoning_tokens, 0),
          })}
        </Fact>
        {call.units !== null && <Fact label={t('facts.units')}>{format.number(call.units, 6)}</Fact>}
        {call.flags.length > 0 && (
          <Fact label={t('facts.flags')}>
            {call.flags.map((flag) => t(`flag.${flag as 'usage_missing'}`, { defaultValue: flag })).join('; ')}
          </Fact>
        )}
      </dl>
      {call.fallback_reason !== null && (
        <p className="mt-4 rounded-md bg-warning-soft px-3 py-2.5 text-sm text-warning">
          <span className="font-medium">{t('facts.fallback')}</span> {call.fallback_reason}
        </p>
      )}
    </Card>
  )
}

function viaText(via: string | null, direct: string): string {
  return via === null ? '–' : via === 'direct' ? direct : via === 'vercel' ? 'Vercel' : via
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-muted-foreground">{label}</dt>
      <dd className="mt-0.5 min-w-0 break-words">{children}</dd>
    </div>
  )
}
