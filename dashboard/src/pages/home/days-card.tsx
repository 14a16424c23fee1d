import { ChartColumn } from 'lucide-react'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Answer } from '../../api/index.ts'
import { Chart } from '../../charts/index.tsx'
import { useFormat } from '../../format/index.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { fillDays } from './fill-days.ts'

const figures = ['cost_brl', 'calls', 'total_tokens'] as const

export function DaysCard({ days }: { days: Answer<'GET /overview'>['days'] | undefined }) {
  const { t } = useTranslation('home')
  const format = useFormat()
  const [figure, setFigure] = useState<(typeof figures)[number]>('cost_brl')
  const points = useMemo(
    () => days && fillDays(days, format.zone).map(({ day, sums }) => ({ x: day, value: sums?.[figure] ?? 0 })),
    [days, figure, format.zone],
  )
  const name = t(`days.${figure}`)
  return (
    <Card
      title={t('days.title')}
      actions={
        <fieldset className="flex gap-1">
          <legend className="sr-only">{t('days.show')}</legend>
          {figures.map((key) => (
            <Button
              key={key}
              size="sm"
              variant={key === figure ? 'secondary' : 'ghost'}
              aria-pressed={key === figure}
              onClick={() => setFigure(key)}
            >
              {t(`days.${key}`)}
            </Button>
          ))}
        </fieldset>
      }
    >
      {days?.length === 0 ? (
        <NoCalls />
      ) : (
        <Chart
          label={`${t('days.title')}: ${name}`}
          kind="bar"
          points={points}
          series={[{ key: 'value', label: name }]}
          x={(day) => dayText(format.language, day)}
          y={(value) => (figure === 'cost_brl' ? format.brl(value) : format.number(value, 0))}
          yAxis={(value) => (figure === 'cost_brl' ? format.compactBrl(value) : format.compact(value))}
        />
      )}
    </Card>
  )
}

/** A new installation: the first call is made on the page of the set-up. As high as the chart. */
function NoCalls() {
  const { t } = useTranslation('home')
  return (
    <div className="grid min-h-80 place-items-center">
      <EmptyState
        icon={ChartColumn}
        title={t('days.empty')}
        text={t('days.emptyText')}
        action={
          <Button asChild>
            <Link to="/configuration">{t('days.start')}</Link>
          </Button>
        }
      />
    </div>
  )
}

/** A day is no moment: it has no zone to be moved by. */
function dayText(language: string, day: string): string {
  return new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(new Date(day))
}
