import { useTranslation } from 'react-i18next'
import { Badge } from '../../ui/badge.tsx'
import { Card } from '../../ui/card.tsx'
import type { Setup } from './steps.ts'

const known = {
  PostgreSQL: 'postgres',
  Schema: 'schema',
  Models: 'models',
  'Exchange rate': 'rate',
  Durability: 'durability',
  Connections: 'connections',
  Clock: 'clock',
  Spool: 'spool',
  'Dead letters': 'letters',
  'Orphaned calls': 'orphans',
  Jobs: 'jobs',
  Notifications: 'notifications',
  'E-mail': 'mail',
  Prices: 'prices',
} as const
const tones = { pass: 'success', by_hand: 'warning', fail: 'danger' } as const

/** What the guide does not ask and the gateway needs. */
export function SystemCard({ setup }: { setup: Setup }) {
  const { t } = useTranslation('configuration')
  const checks = setup.checks.filter(({ number }) => number === null)
  return (
    <Card title={t('system.title')} description={t('system.text')}>
      <ul className="divide-y">
        {checks.map(({ name, status, detail, fix }) => {
          const key = Object.hasOwn(known, name) ? known[name as keyof typeof known] : undefined
          return (
            <li key={name} className="flex flex-wrap items-start justify-between gap-x-4 gap-y-1 py-3 text-sm first:pt-0 last:pb-0">
              <div className="min-w-0 flex-1 basis-56">
                <p className="font-medium">{key ? t(`system.${key}.name`) : name}</p>
                <p className="break-words text-muted-foreground">
                  {key ? t(`system.${key}.${status === 'pass' ? 'good' : 'bad'}`) : detail}
                </p>
                {status !== 'pass' && key !== undefined && (
                  <p lang="en" className="font-mono text-xs break-words text-muted-foreground">
                    {detail}
                  </p>
                )}
                {status !== 'pass' && fix !== null && (
                  <p lang="en" className="font-mono text-xs break-words text-muted-foreground">
                    → {fix}
                  </p>
                )}
              </div>
              <Badge tone={tones[status]}>{t(`system.states.${status}`)}</Badge>
            </li>
          )
        })}
      </ul>
    </Card>
  )
}
