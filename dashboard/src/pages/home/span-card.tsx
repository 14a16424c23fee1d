import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Answer } from '../../api/index.ts'
import { useFormat } from '../../format/index.ts'
import { Card } from '../../ui/card.tsx'
import { cn } from '../../ui/cn.ts'
import { fitFigure } from '../../ui/fit-figure.ts'
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

/** The spend of a span of time, what was done for it, and how both compare with the span before. */
export function SpanCard({ title, description, span }: SpanCardProps) {
  const { t } = useTranslation('home')
  const format = useFormat()
  const { now, before } = span ?? {}
  const count = (value: number) => format.number(value, 0)
  return (
    <Card title={title} description={description}>
      <dl className="grid grid-cols-2 gap-x-4 gap-y-5 sm:grid-cols-3">
        <Figure isMain label={t('spend')} value={now && (now.cost_brl === null ? t('noPrice') : format.brl(now.cost_brl))}>
          {now && before && <SpendChange now={now} before={before} />}
        </Figure>
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
      </dl>
    </Card>
  )
}

function SpendChange({ now, before }: Pick<Compared, 'now' | 'before'>) {
  const { t } = useTranslation('home')
  const format = useFormat()
  if (before.calls === 0) return <span className="text-sm leading-5 text-muted-foreground">{t('change.fromNothing')}</span>
  return <Change now={Number(now.cost_brl ?? 0)} before={Number(before.cost_brl ?? 0)} was={format.brl(before.cost_brl ?? 0)} />
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

interface FigureProps {
  label: string
  /** Undefined: still loading. */
  value: string | undefined
  isMain?: boolean
  /** How it compares; its line is kept where it does not. */
  children: ReactNode
}

function Figure({ label, value, isMain = false, children }: FigureProps) {
  return (
    <div className={cn('min-w-0', isMain && 'col-span-full')}>
      <dt className="text-sm text-muted-foreground">{label}</dt>
      <dd className="@container">
        <span
          className={cn(
            'block whitespace-nowrap tabular-nums',
            isMain ? 'h-10 leading-10 font-semibold tracking-tight' : 'h-6 leading-6 font-medium',
          )}
          {...(value !== undefined && { style: fitFigure(value, isMain ? 1.875 : 1) })}
        >
          {value ?? <Skeleton className={isMain ? 'h-9 w-40' : 'h-5 w-16'} />}
        </span>
        <span className="block h-5">{children}</span>
      </dd>
    </div>
  )
}
