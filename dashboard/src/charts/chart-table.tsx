import { useTranslation } from 'react-i18next'
import type { ChartPoint, ChartProps } from './chart.ts'

export function ChartTable({ label, points, series, x = String, y }: ChartProps & { points: readonly ChartPoint[] }) {
  const { t } = useTranslation()
  return (
    <table className="w-full text-sm">
      <caption className="sr-only">{label}</caption>
      <thead>
        <tr className="border-b text-left text-muted-foreground">
          <th scope="col" className="py-2 pr-4 font-medium">
            {t('chart.when')}
          </th>
          {series.map(({ key, label: name }) => (
            <th key={key} scope="col" className="py-2 pl-4 text-right font-medium">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {points.map((point) => (
          <tr key={point.x} className="border-b last:border-b-0">
            <th scope="row" className="py-1.5 pr-4 text-left font-normal whitespace-nowrap">
              {x(point.x)}
            </th>
            {series.map(({ key }) => (
              <td key={key} className="py-1.5 pl-4 text-right whitespace-nowrap">
                {point[key] === null || point[key] === undefined ? '–' : y(Number(point[key]))}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
