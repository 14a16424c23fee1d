import { CircleAlert, TriangleAlert } from 'lucide-react'
import { Progress as Radix } from 'radix-ui'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../format/index.ts'
import { cn } from './cn.ts'

export interface BudgetBarProps {
  /** In the budget's unit, as the API gives them: decimal text. */
  used: string | number
  limit: string | number
  unit: 'brl' | 'usd' | 'tokens'
  /** What the bar is of, for a screen reader. Default: "Orçamento usado". */
  label?: string
  /** Only the bar and its percentage, for a table's cell. */
  isCompact?: boolean
}

type Level = 'ok' | 'near' | 'veryNear' | 'exceeded'

const fills = { ok: 'bg-primary', near: 'bg-warning-fill', veryNear: 'bg-warning-fill', exceeded: 'bg-danger' } as const
const texts = { ok: 'text-muted-foreground', near: 'text-warning', veryNear: 'text-warning', exceeded: 'text-danger' } as const

/** How much of a budget is used. The level is said by words and a sign as well as by colour. */
export function BudgetBar({ used, limit, unit, label, isCompact = false }: BudgetBarProps) {
  const { t } = useTranslation()
  const format = useFormat()
  const share = Number(limit) > 0 ? Number(used) / Number(limit) : 1
  const level = levelOf(share)
  const amounts = t('budget.used', { used: format.amount(used, unit), limit: format.amount(limit, unit) })
  const Sign = level === 'exceeded' ? CircleAlert : TriangleAlert
  return (
    <div className="min-w-32 space-y-1">
      <div className="flex flex-wrap items-baseline justify-between gap-x-3 text-sm">
        {!isCompact && <span>{amounts}</span>}
        <span className={cn('inline-flex items-center gap-1 text-xs font-medium', texts[level])}>
          {level !== 'ok' && <Sign className="size-3.5 self-center" aria-hidden />}
          {format.wholePercent(share)}
          {level !== 'ok' && <span className={cn(isCompact && 'sr-only')}>· {t(`budget.${level}`)}</span>}
        </span>
      </div>
      <Bar share={share} fill={fills[level]} label={label ?? t('budget.label')} valueText={`${amounts}. ${t(`budget.${level}`)}`} />
    </div>
  )
}

function levelOf(share: number): Level {
  if (share >= 1) return 'exceeded'
  if (share >= 0.9) return 'veryNear'
  return share >= 0.8 ? 'near' : 'ok'
}

/** A share from 0 to 1 of work or of an amount. */
export function Progress({ share, label }: { share: number; label: string }) {
  const format = useFormat()
  return <Bar share={share} fill="bg-primary" label={label} valueText={format.wholePercent(share)} />
}

function Bar({ share, fill, label, valueText }: { share: number; fill: string; label: string; valueText: string }) {
  const percent = Math.min(100, Math.max(0, share * 100))
  return (
    <Radix.Root value={percent} getValueLabel={() => valueText} aria-label={label} className="h-2 overflow-hidden rounded-full bg-muted">
      <Radix.Indicator className={cn('h-full rounded-full transition-[width]', fill)} style={{ width: `${percent}%` }} />
    </Radix.Root>
  )
}
