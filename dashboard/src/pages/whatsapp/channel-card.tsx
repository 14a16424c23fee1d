import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { useFormat } from '../../format/index.ts'
import { Badge, type Tone } from '../../ui/badge.tsx'
import type { Channel } from './channel.ts'
import { ChannelActs } from './channel-acts.tsx'

const tones: Record<Channel['health'], Tone> = { ready: 'success', failing: 'danger', incomplete: 'warning', off: 'neutral' }

/** A client's number: can it receive and answer, and when did it last. */
export function ChannelCard({ channel }: { channel: Channel }) {
  const { t } = useTranslation('whatsapp')
  const format = useFormat()
  const ago = (iso: string | null) => (iso === null ? t('facts.none') : format.relative(iso))
  return (
    <section className="min-w-0 space-y-4 rounded-lg border bg-card p-5 sm:p-6">
      <header className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
        <div className="min-w-0">
          <h3 className="font-semibold">{channel.phone ?? t('number', { id: channel.phone_number_id })}</h3>
          <Link
            to={`/clients/${channel.client}?tab=conversations`}
            className="text-sm text-muted-foreground underline-offset-4 hover:underline"
          >
            {channel.client_name}
          </Link>
        </div>
        <div className="flex items-center gap-2">
          <Badge tone={tones[channel.health]}>{t(`health.${channel.health}`)}</Badge>
          <ChannelActs channel={channel} />
        </div>
      </header>
      <p className="text-sm">
        <HealthText channel={channel} />
      </p>
      <dl className="grid grid-cols-2 gap-x-4 gap-y-3 text-sm sm:grid-cols-4">
        <Fact label={t('facts.received')} value={ago(channel.last_received_at)} />
        <Fact label={t('facts.sent')} value={ago(channel.last_sent_at)} />
        <Fact label={t('facts.conversations')} value={format.number(channel.conversations, 0)} />
        <Fact label={t('facts.withHuman')} value={format.number(channel.conversations_with_human, 0)} />
      </dl>
    </section>
  )
}

function HealthText({ channel }: { channel: Channel }) {
  const { t } = useTranslation('whatsapp')
  const format = useFormat()
  if (channel.health === 'failing') return t('healthText.failing', { count: channel.failed, formatted: format.number(channel.failed, 0) })
  if (channel.health !== 'incomplete') return t(`healthText.${channel.health}`)
  const missing = [
    !channel.has_access_token && t('missing.access'),
    !channel.has_app_secret && t('missing.app'),
    !channel.has_verify_token && t('missing.verify'),
  ].filter((one) => one !== false)
  return t('healthText.incomplete', { missing: new Intl.ListFormat(format.language).format(missing) })
}

function Fact({ label, value }: { label: string; value: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-muted-foreground">{label}</dt>
      <dd className="mt-0.5 font-medium">{value}</dd>
    </div>
  )
}
