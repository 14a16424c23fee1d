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
/** On a phone these stand below the model's name, so that the cost is seen without scrolling. */
const wide = 'max-sm:hidden'

type Line = PortalStatement['lines'][number]

function Lines({ statement: { lines, total } }: { statement: PortalStatement }) {
  const { t } = useTranslation('portalStatement')
  const format = useFormat()
  const kindText = useKindText()
  const hasUnits = lines.some(({ units }) => units !== null)
  const whole = (figure: number) => format.number(figure, 0)
  const tokensText = (line: Line) => t('lines.tokens', { input: whole(line.input_tokens), output: whole(line.output_tokens) })
  const unitsText = ({ units, unit }: Line) =>
    units === null || unit === null ? undefined : t(`lines.${unit}`, { amount: format.number(units) })
  return (
    <Table label={t('lines.title')}>
      <thead>
        <tr>
          <TableHead className="pl-0">{t('lines.model')}</TableHead>
          <TableHead className={wide}>{t('lines.kind')}</TableHead>
          <TableHead className={end}>{t('lines.calls')}</TableHead>
          <TableHead className={`${end} ${wide}`}>{t('lines.input')}</TableHead>
          <TableHead className={`${end} ${wide}`}>{t('lines.output')}</TableHead>
          {hasUnits && <TableHead className={`${end} ${wide}`}>{t('lines.units')}</TableHead>}
          <TableHead className={`${end} pr-0`}>{t('lines.cost')}</TableHead>
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <tr key={`${line.provider}/${line.model} ${line.api_type}`}>
            <TableCell className="pl-0 wrap-anywhere">
              {line.provider}/{line.model}
              <p className="text-muted-foreground sm:hidden">
                {[kindText(line.api_type), tokensText(line), unitsText(line)].filter(Boolean).join(' · ')}
              </p>
            </TableCell>
            <TableCell className={wide}>{kindText(line.api_type)}</TableCell>
            <TableCell className={end}>{whole(line.calls)}</TableCell>
            <TableCell className={`${end} ${wide}`}>{whole(line.input_tokens)}</TableCell>
            <TableCell className={`${end} ${wide}`}>{whole(line.output_tokens)}</TableCell>
            {hasUnits && <TableCell className={`${end} ${wide}`}>{unitsText(line) ?? '–'}</TableCell>}
            <TableCell className={`${end} pr-0`}>{line.cost_brl === null ? '–' : format.brl(line.cost_brl)}</TableCell>
          </tr>
        ))}
      </tbody>
      <tfoot className="font-semibold">
        <tr>
          <th scope="row" className="py-3 text-left">
            {t('lines.total')}
          </th>
          <td className={wide} />
          <td className={`${end} px-3 py-3`}>{whole(total.calls)}</td>
          <td className={`${end} ${wide} px-3 py-3`}>{whole(total.input_tokens)}</td>
          <td className={`${end} ${wide} px-3 py-3`}>{whole(total.output_tokens)}</td>
          {hasUnits && <td className={wide} />}
          <td className={`${end} py-3 pl-3`}>{format.brl(total.cost_brl ?? '0')}</td>
        </tr>
      </tfoot>
    </Table>
  )
}
