import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../ui/button.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import type { ChartProps } from './chart.ts'
import { ChartTable } from './chart-table.tsx'

export { BarList, type BarListItem } from './bar-list.tsx'
export type { ChartPoint, ChartProps, ChartSeries } from './chart.ts'

/** Recharts is larger than the rest of the dashboard: it comes when a chart is first shown. */
const Drawing = lazy(async () => ({ default: (await import('./chart-drawing.tsx')).ChartDrawing }))

/**
 * Figures over time or by name, of a fixed height while it loads, is empty or shown; one click away as a table, which screen readers
 * get at once.
 * `<Chart label={t('spend')} points={[{ x: '2026-11-22T00:00:00Z', cost: 12.5 }]} series={[{ key: 'cost', label: t('cost') }]} x={format.date} y={format.brl} />`
 */
export function Chart(props: ChartProps) {
  const { t } = useTranslation()
  const [isTable, setTable] = useState(false)
  const { points, height = 280 } = props
  if (points === undefined) return <Skeleton className="w-full" style={{ height: height + 40 }} />
  if (points.length === 0) {
    return (
      <div className="grid place-items-center" style={{ height: height + 40 }}>
        <EmptyState title={t('chart.empty')} />
      </div>
    )
  }
  return (
    <figure aria-label={props.label} style={{ minHeight: height + 40 }}>
      {isTable ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: whoever has no mouse scrolls it by keyboard
        <section aria-label={props.label} tabIndex={0} className="overflow-auto" style={{ maxHeight: height }}>
          <ChartTable {...props} points={points} />
        </section>
      ) : (
        <>
          <div aria-hidden style={{ height }}>
            <Suspense fallback={<Skeleton className="size-full" />}>
              <Drawing {...props} points={points} />
            </Suspense>
          </div>
          <div className="sr-only">
            <ChartTable {...props} points={points} />
          </div>
        </>
      )}
      <div className="mt-2 flex justify-end">
        <Button variant="ghost" size="sm" className="text-muted-foreground" onClick={() => setTable(!isTable)}>
          {isTable ? t('chart.asChart') : t('chart.asTable')}
        </Button>
      </div>
    </figure>
  )
}
