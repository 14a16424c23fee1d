import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { cn } from './cn.ts'
import { fitFigure } from './fit-figure.ts'
import { Skeleton } from './skeleton.tsx'

export interface StatProps {
  label: ReactNode
  /** Undefined: still loading. Exact: a long one is written smaller. */
  value: string | undefined
  /** Below the figure: a comparison or a share. */
  note?: ReactNode
  tone?: 'neutral' | 'warning' | 'danger'
}

const tones = { neutral: '', warning: 'text-warning', danger: 'text-danger' } as const

/** One figure in a card. Several stand in `<StatGrid>`. */
export function Stat({ label, value, note, tone = 'neutral' }: StatProps) {
  const { t } = useTranslation()
  return (
    <div className="min-w-0 rounded-lg border bg-card px-5 py-4">
      <dt className="text-sm text-muted-foreground">{label}</dt>
      <dd className={cn('@container mt-1 h-8 text-2xl leading-8 font-semibold tracking-tight', tones[tone])}>
        {value === undefined ? (
          <>
            <Skeleton className="h-8 w-28" />
            <span className="sr-only">{t('loading')}</span>
          </>
        ) : (
          <span className="block whitespace-nowrap tabular-nums" style={fitFigure(value, 1.5)}>
            {value}
          </span>
        )}
      </dd>
      {note !== undefined && <dd className="mt-0.5 min-h-5 text-sm text-muted-foreground">{value === undefined ? '\u00a0' : note}</dd>}
    </div>
  )
}

export function StatGrid({ children, className }: { children: ReactNode; className?: string }) {
  return <dl className={cn('grid gap-4 sm:grid-cols-2 xl:grid-cols-4', className)}>{children}</dl>
}
