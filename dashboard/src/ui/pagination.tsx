import { ChevronLeft, ChevronRight, ChevronsLeft } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../format/index.ts'
import { Button } from './button.tsx'
import { cn } from './cn.ts'

export interface PaginationProps {
  /** From 1. */
  page: number
  /** Null: not counted. */
  total: number | null
  hasNext: boolean
  onFirst(): void
  onPrevious(): void
  onNext(): void
  className?: string
}

export function Pagination({ page, total, hasNext, onFirst, onPrevious, onNext, className }: PaginationProps) {
  const { t } = useTranslation()
  const format = useFormat()
  return (
    <nav
      aria-label={t('table.page', { page })}
      className={cn('flex min-h-9 flex-wrap items-center justify-between gap-3 text-sm text-muted-foreground', className)}
    >
      <span aria-live="polite">
        {total === null ? t('table.page', { page }) : t('table.total', { count: total, formatted: format.number(total, 0) })}
      </span>
      {(page > 1 || hasNext) && (
        <div className="flex items-center gap-1">
          {total !== null && <span className="mr-2">{t('table.page', { page })}</span>}
          <Button variant="secondary" size="icon" aria-label={t('table.first')} disabled={page === 1} onClick={onFirst}>
            <ChevronsLeft aria-hidden />
          </Button>
          <Button variant="secondary" size="icon" aria-label={t('table.previous')} disabled={page === 1} onClick={onPrevious}>
            <ChevronLeft aria-hidden />
          </Button>
          <Button variant="secondary" size="icon" aria-label={t('table.next')} disabled={!hasNext} onClick={onNext}>
            <ChevronRight aria-hidden />
          </Button>
        </div>
      )}
    </nav>
  )
}
