import { useTranslation } from 'react-i18next'
import { cn } from '../../ui/cn.ts'
import type { Metric } from './chart-points.ts'

const metrics = ['cost', 'tokens', 'calls'] as const

/** Which figure the chart shows. */
export function MetricSwitch({ value, onChange }: { value: Metric; onChange(metric: Metric): void }) {
  const { t } = useTranslation('usage')
  return (
    <fieldset className="inline-flex rounded-md border border-input/60 p-0.5">
      <legend className="sr-only">{t('metric.label')}</legend>
      {metrics.map((metric) => (
        <button
          key={metric}
          type="button"
          aria-pressed={metric === value}
          onClick={() => onChange(metric)}
          className={cn(
            'h-8 rounded px-3 text-sm font-medium text-muted-foreground hover:text-foreground',
            metric === value && 'bg-primary-soft text-primary hover:text-primary',
          )}
        >
          {t(`metric.${metric}`)}
        </button>
      ))}
    </fieldset>
  )
}
