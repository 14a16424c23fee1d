import type { ReactNode } from 'react'
import { Skeleton } from '../ui/skeleton.tsx'

export interface BarListItem {
  id: string
  label: ReactNode
  /** Decimal text or a number; the longest bar is the largest. */
  value: string | number
}

export interface BarListProps {
  label: string
  /** Undefined: still loading. */
  items: readonly BarListItem[] | undefined
  format(value: number): string
  /** How many rows its place has while it loads. */
  rows?: number
}

/** Shares by name, largest first as the gateway sorts them: a list with bars, so that it needs no other form for anybody. */
export function BarList({ label, items, format, rows = 5 }: BarListProps) {
  if (items === undefined) return <Skeleton className="w-full" style={{ height: rows * 44 }} />
  const largest = Math.max(...items.map(({ value }) => Number(value)), 0)
  return (
    <ul aria-label={label} className="space-y-3">
      {items.map(({ id, label: name, value }) => (
        <li key={id} className="space-y-1 text-sm">
          <div className="flex justify-between gap-4">
            <span className="min-w-0 wrap-anywhere">{name}</span>
            <span className="font-medium whitespace-nowrap">{format(Number(value))}</span>
          </div>
          <div aria-hidden className="h-1.5 overflow-hidden rounded-full bg-muted">
            <div className="h-full rounded-full bg-chart-1" style={{ width: `${largest > 0 ? (Number(value) / largest) * 100 : 0}%` }} />
          </div>
        </li>
      ))}
    </ul>
  )
}
