import { useTranslation } from 'react-i18next'
import type { Answer } from '../../api/index.ts'
import { useFormat } from '../../format/index.ts'
import { Card } from '../../ui/card.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Change, PointChange } from './change.tsx'

type Compared = Answer<'GET /overview'>['today']

export interface SpanCardProps {
  title: string
  /** What it is compared with. */
  description: string
  /** Undefined: still loading. */
  span: Compared | undefined
}

/** From here on a figure is written short, or it would not fit on a phone. */
const long = 10_000_000

/** The spend of a span of time, what was done for it, and how both compare with the span before. */
export function SpanCard({ title, description, span }: SpanCardProps) {
  const { t } = useTranslation('home')
  const format = useFormat()
  const { now, before } = span ?? {}
  const count = (value: number) => (value >= long ? format.compact(value) : format.number(value, 0))
  return (
    <Card title={title} description={description}>
      <dl className="space-y-5">
        <div>
          <dt className="text-sm text-muted-foreground">{t('spend')}</dt>
          <dd className="flex min-h-10 flex-wrap items-baseline gap-x-3 text-3xl leading-10 font-semibold tracking-tight">
            {now && before ? (
              <>
                {now.cost_brl === null ? t('noPrice') : format.brl(now.cost_brl)}
                <Change now={Number(now.cost_brl ?? 0)} before={Number(before.cost_brl ?? 0)} was={format.brl(before.cost_brl ?? 0)} />
              </>
            ) : (
              <Skeleton className="h-9 w-40" />
            )}
          </dd>
        </div>
        <div className="grid grid-cols-2 gap-x-4 gap-y-5 sm:grid-cols-3">
          <Figure label={t('calls')} value={now && count(now.calls)}>
            {now && before && <Change now={now.calls} before={before.calls} was={count(before.calls)} />}
          </Figure>
          <Figure label={t('tokens')} value={now && count(now.total_tokens)}>
            {now && before && <Change now={now.total_tokens} before={before.total_tokens} was={count(before.total_tokens)} />}
          </Figure>
          <Figure label={t('errorRate')} value={now && format.percent(now.error_rate ?? 0)}>
            {now && before && <PointChange now={now.error_rate} before={before.error_rate} />}
          </Figure>
          <Figure label={t('saved')} value={now && format.brl(now.saved_brl)}>
            {now && before && <Change now={Number(now.saved_brl)} before={Number(before.saved_brl)} was={format.brl(before.saved_brl)} />}
          </Figure>
          <Latency name="p50" now={now} before={before} />
          <Latency name="p95" now={now} before={before} />
        </div>
      </dl>
    </Card>
  )
}

function Latency({ name, now, before }: { name: 'p50' | 'p95'; now: Compared['now'] | undefined; before: Compared['now'] | undefined }) {
  const { t } = useTranslation('home')
  const format = useFormat()
  const [value, was] = [now?.latency?.[`${name}_ms`], before?.latency?.[`${name}_ms`]]
  return (
    <Figure label={t(name)} value={now && (value === undefined ? '–' : format.duration(value))}>
      {value !== undefined && was !== undefined && <Change now={value} before={was} was={format.duration(was)} />}
    </Figure>
  )
}

function Figure({ label, value, children }: { label: string; value: string | undefined; children: React.ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-sm text-muted-foreground">{label}</dt>
      <dd className="min-h-11">
        {value === undefined ? <Skeleton className="h-6 w-16" /> : <span className="block font-medium">{value}</span>}
        <span className="block">{children}</span>
      </dd>
    </div>
  )
}
