import { useTranslation } from 'react-i18next'
import type { PortalStatement } from '../../api/index.ts'
import { useFormat } from '../../format/index.ts'
import { Card } from '../../ui/card.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Table, TableCell, TableHead } from '../../ui/table.tsx'
import { useKindText } from '../portal-usage/use-kind-text.ts'

/** What was used, the dearest first; the last row is the sum. */
export function LinesCard({ statement }: { statement: PortalStatement | undefined }) {
  const { t } = useTranslation('portalStatement')
  return <Card title={t('lines.title')}>{statement === undefined ? <Skeleton className="h-48" /> : <Lines statement={statement} />}</Card>
}

const end = 'text-right whitespace-nowrap'

function Lines({ statement: { lines, total } }: { statement: PortalStatement }) {
  const { t } = useTranslation('portalStatement')
  const format = useFormat()
  const kindText = useKindText()
  const hasUnits = lines.some(({ units }) => units !== null)
  const whole = (figure: number) => format.number(figure, 0)
  return (
    <Table label={t('lines.title')}>
      <thead>
        <tr>
          <TableHead className="pl-0">{t('lines.model')}</TableHead>
          <TableHead>{t('lines.kind')}</TableHead>
          <TableHead className={end}>{t('lines.calls')}</TableHead>
          <TableHead className={end}>{t('lines.input')}</TableHead>
          <TableHead className={end}>{t('lines.output')}</TableHead>
          {hasUnits && <TableHead className={end}>{t('lines.units')}</TableHead>}
          <TableHead className={`${end} pr-0`}>{t('lines.cost')}</TableHead>
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <tr key={`${line.provider}/${line.model} ${line.api_type}`}>
            <TableCell className="min-w-40 pl-0 break-words">
              {line.provider}/{line.model}
            </TableCell>
            <TableCell>{kindText(line.api_type)}</TableCell>
            <TableCell className={end}>{whole(line.calls)}</TableCell>
            <TableCell className={end}>{whole(line.input_tokens)}</TableCell>
            <TableCell className={end}>{whole(line.output_tokens)}</TableCell>
            {hasUnits && (
              <TableCell className={end}>
                {line.units !== null && line.unit !== null ? t(`lines.${line.unit}`, { amount: format.number(line.units) }) : '–'}
              </TableCell>
            )}
            <TableCell className={`${end} pr-0`}>{line.cost_brl === null ? '–' : format.brl(line.cost_brl)}</TableCell>
          </tr>
        ))}
      </tbody>
      <tfoot className="font-semibold">
        <tr>
          <th scope="row" colSpan={2} className="py-3 text-left">
            {t('lines.total')}
          </th>
          <td className={`${end} px-3 py-3`}>{whole(total.calls)}</td>
          <td className={`${end} px-3 py-3`}>{whole(total.input_tokens)}</td>
          <td className={`${end} px-3 py-3`}>{whole(total.output_tokens)}</td>
          {hasUnits && <td />}
          <td className={`${end} py-3 pl-3`}>{format.brl(total.cost_brl ?? '0')}</td>
        </tr>
      </tfoot>
    </Table>
  )
}
