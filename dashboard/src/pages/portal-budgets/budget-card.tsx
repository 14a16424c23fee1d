import { useTranslation } from 'react-i18next'
import type { PortalBudget } from '../../api/index.ts'
import { type Format, isAbove, subtract, useFormat } from '../../format/index.ts'
import { Badge } from '../../ui/badge.tsx'
import { Card } from '../../ui/card.tsx'
import { Notice } from '../../ui/notice.tsx'
import { BudgetBar } from '../../ui/progress.tsx'

/** One budget: how much is left, until when, and what happens at its end. */
export function BudgetCard({ budget }: { budget: PortalBudget }) {
  const { t } = useTranslation('portalBudgets')
  const format = useFormat(budget.time_zone)
  const { type, period, limit, used, reserved, hard, paused } = budget
  const name = t(`name.${type}.${period}`)
  return (
    <Card
      title={name}
      actions={paused ? <Badge tone="warning">{t('paused')}</Badge> : <Badge>{hard ? t('hardBadge') : t('softBadge')}</Badge>}
    >
      <div className="space-y-4">
        <p className="text-2xl leading-8 font-semibold tracking-tight">{leftText(budget, format, t)}</p>
        <BudgetBar used={used} limit={limit} unit={type} label={name} />
        {paused && <Notice tone="warning">{t('pausedText')}</Notice>}
        <div className="space-y-1.5 text-sm text-muted-foreground">
          {isAbove(reserved, 0) && <p>{t('reserved', { amount: format.amount(reserved, type) })}</p>}
          <p>{t('resets', { when: format.dateTime(budget.resets_at), relative: format.relative(budget.resets_at) })}</p>
          {budget.raised_until !== null && (
            <p>{t('raised', { until: format.dateTime(budget.raised_until), usual: format.amount(budget.usual_limit, type) })}</p>
          )}
          <p>{hard ? t('hard') : t('soft')}</p>
        </div>
      </div>
    </Card>
  )
}

function leftText({ limit, used, type }: PortalBudget, format: Format, t: ReturnType<typeof useTranslation<'portalBudgets'>>['t']): string {
  return isAbove(used, limit)
    ? t('over', { amount: format.amount(subtract(used, limit), type) })
    : t('remaining', { amount: format.amount(subtract(limit, used), type) })
}
