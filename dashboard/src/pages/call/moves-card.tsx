import { useTranslation } from 'react-i18next'
import { useFormat } from '../../format/index.ts'
import { Badge } from '../../ui/badge.tsx'
import { Card } from '../../ui/card.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Table, TableCell, TableHead } from '../../ui/table.tsx'
import { amountText } from './amount-text.ts'
import type { Explanation, Move } from './explanation.ts'

type Named = Move & { reason?: string | null; made_at?: string | null }

/** Which budgets the call holds of or was charged to, in which of their periods, and what was put right since. */
export function MovesCard({ explanation }: { explanation: Explanation }) {
  const { t } = useTranslation('call')
  const { holds, charges, adjustments, openings, dead_letters: letters } = explanation
  const parts = (
    [
      ['holds', holds],
      ['charges', charges],
      ['adjustments', adjustments],
      ['openings', openings],
    ] as const
  ).filter(([, moves]) => moves.length > 0)
  return (
    <Card title={t('moves.title')} description={t('moves.text')}>
      {parts.length === 0 ? (
        <EmptyState title={t('moves.none')} text={t('moves.noneText')} />
      ) : (
        <div className="space-y-6">
          {parts.map(([name, moves]) => (
            <section key={name} className="space-y-2">
              <h3 className="text-sm font-semibold">{t(`moves.${name}`)}</h3>
              <p className="text-sm text-muted-foreground">{t(`moves.${name}Text`)}</p>
              <Moves label={t(`moves.${name}`)} moves={moves} />
            </section>
          ))}
        </div>
      )}
      {letters.length > 0 && <p className="mt-4 rounded-md bg-danger-soft px-3 py-2.5 text-sm text-danger">{t('moves.letters')}</p>}
    </Card>
  )
}

function Moves({ label, moves }: { label: string; moves: readonly Named[] }) {
  const { t } = useTranslation('call')
  const hasReason = moves.some(({ reason }) => reason != null)
  return (
    <Table label={label}>
      <thead>
        <tr>
          <TableHead>{t('moves.budget')}</TableHead>
          <TableHead>{t('moves.period')}</TableHead>
          <TableHead className="text-right">{t('moves.amount')}</TableHead>
          <TableHead className="text-right">{t('moves.used')}</TableHead>
          <TableHead className="text-right">{t('moves.limit')}</TableHead>
          {hasReason && <TableHead>{t('moves.reason')}</TableHead>}
        </tr>
      </thead>
      <tbody>
        {moves.map((move, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a budget may be moved more than once in a period
          <MoveRow key={index} move={move} hasReason={hasReason} />
        ))}
      </tbody>
    </Table>
  )
}

function MoveRow({ move, hasReason }: { move: Named; hasReason: boolean }) {
  const { t } = useTranslation('call')
  const format = useFormat(move.time_zone ?? undefined)
  const show = (amount: string | number | null) => amountText(format, amount, move.type)
  const period = move.period === null ? '' : t(`period.${move.period as 'daily'}`, { defaultValue: move.period })
  return (
    <tr>
      <TableCell>
        {move.type === null ? t('moves.deleted') : `${t(`unit.${move.type}`)}, ${period}`}{' '}
        {move.hard === true && <Badge>{t('moves.hard')}</Badge>} {move.retired_at !== null && <Badge>{t('moves.retired')}</Badge>}
      </TableCell>
      <TableCell className="whitespace-nowrap">{move.period_start === null ? '–' : format.date(move.period_start)}</TableCell>
      <TableCell className="text-right font-medium whitespace-nowrap">{show(move.amount)}</TableCell>
      <TableCell className="text-right whitespace-nowrap">{show(move.period_used)}</TableCell>
      <TableCell className="text-right whitespace-nowrap">{show(move.period_limit)}</TableCell>
      {hasReason && (
        <TableCell>
          {move.reason ?? '–'}
          {move.made_at != null && <span className="block text-xs text-muted-foreground">{format.dateTime(move.made_at)}</span>}
        </TableCell>
      )}
    </tr>
  )
}
