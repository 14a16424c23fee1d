import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { cn } from './cn.ts'
import { Skeleton } from './skeleton.tsx'

export interface StatProps {
  label: ReactNode
  /** Undefined: still loading. */
  value: ReactNode | undefined
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
      <dd className={cn('mt-1 text-2xl leading-8 font-semibold tracking-tight break-words', tones[tone])}>
        {value === undefined ? (
          <>
            <Skeleton className="h-8 w-28" />
            <span className="sr-only">{t('loading')}</span>
          </>
        ) : (
          value
        )}
      </dd>
      {note !== undefined && <dd className="mt-0.5 min-h-5 text-sm text-muted-foreground">{value === undefined ? '\u00a0' : note}</dd>}
    </div>
  )
}

export function StatGrid({ children, className }: { children: ReactNode; className?: string }) {
  return <dl className={cn('grid gap-4 sm:grid-cols-2 xl:grid-cols-4', className)}>{children}</dl>
}
