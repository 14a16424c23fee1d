import { useTranslation } from 'react-i18next'
import type { PortalStatement } from '../../api/index.ts'
import { useFormat } from '../../format/index.ts'
import { Card } from '../../ui/card.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Table, TableCell, TableHead } from '../../ui/table.tsx'

/** At what rates the month's dollars became reais. */
export function RatesCard({ statement }: { statement: PortalStatement | undefined }) {
  const { t } = useTranslation('portalStatement')
  return (
    <Card title={t('rates.title')} description={t('rates.text')}>
      {statement === undefined ? (
        <Skeleton className="h-20" />
      ) : statement.rates.length === 0 ? (
        <p className="text-sm text-muted-foreground">{t('rates.empty')}</p>
      ) : (
        <Rates rates={statement.rates} />
      )}
    </Card>
  )
}

function Rates({ rates }: { rates: PortalStatement['rates'] }) {
  const { t } = useTranslation('portalStatement')
  const format = useFormat()
  const sourceOf = ({ source }: { source: string | null }) => source?.toUpperCase() ?? t('rates.unknownSource')
  /** Days of the client's own already: no zone may move them. */
  const dayOf = (day: string) =>
    new Intl.DateTimeFormat(format.language, { timeZone: 'UTC', day: 'numeric', month: 'short' }).format(new Date(`${day}T00:00:00Z`))
  return (
    <Table label={t('rates.title')}>
      <thead>
        <tr>
          <TableHead className="pl-0">{t('rates.period')}</TableHead>
          <TableHead className="max-sm:hidden">{t('rates.source')}</TableHead>
          <TableHead className="text-right">{t('rates.calls')}</TableHead>
          <TableHead className="pr-0 text-right">{t('rates.rate')}</TableHead>
        </tr>
      </thead>
      <tbody>
        {rates.map((rate) => (
          <tr key={`${rate.brl_for_one_usd} ${rate.source}`}>
            <TableCell className="pl-0 whitespace-nowrap">
              {rate.first_day === rate.last_day ? dayOf(rate.first_day) : `${dayOf(rate.first_day)} – ${dayOf(rate.last_day)}`}
              <p className="text-muted-foreground sm:hidden">{sourceOf(rate)}</p>
            </TableCell>
            <TableCell className="max-sm:hidden">{sourceOf(rate)}</TableCell>
            <TableCell className="text-right">{format.number(rate.calls, 0)}</TableCell>
            <TableCell className="pr-0 text-right">{format.number(rate.brl_for_one_usd, 6)}</TableCell>
          </tr>
        ))}
      </tbody>
    </Table>
  )
}
