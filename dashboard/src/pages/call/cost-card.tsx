import { useTranslation } from 'react-i18next'
import { useFormat } from '../../format/index.ts'
import { Badge } from '../../ui/badge.tsx'
import { Card } from '../../ui/card.tsx'
import { Table, TableCell, TableHead } from '../../ui/table.tsx'
import { exactText } from './amount-text.ts'
import type { CallCost, Explanation } from './explanation.ts'

/** Tokens by their prices, the sum in dollars, and the rate that made reais of it. */
export function CostCard({ explanation, cost }: { explanation: Explanation; cost: CallCost }) {
  const { t } = useTranslation('call')
  const verdict = cost.agrees === null ? 'open' : cost.agrees ? 'agrees' : 'differs'
  const hasTokens = cost.parts.some(({ tokens }) => tokens > 0)
  return (
    <Card
      title={t('cost.title')}
      description={t('cost.text')}
      actions={
        <Badge tone={({ agrees: 'success', differs: 'danger', open: 'neutral' } as const)[verdict]}>{t(`cost.verdict.${verdict}`)}</Badge>
      }
    >
      <div className="space-y-5">
        {cost.why_undecidable !== null && (
          <p className="text-sm text-muted-foreground">
            {t(`cost.why.${cost.why_undecidable as 'bound'}`, { defaultValue: cost.why_undecidable })}
          </p>
        )}
        {hasTokens && <Parts cost={cost} />}
        {!hasTokens && cost.why_undecidable === null && (
          <p className="text-sm text-muted-foreground">
            {t(explanation.call?.was_cached ? 'cost.cached' : cost.parts.length > 0 ? 'cost.noTokens' : 'cost.noParts')}
          </p>
        )}
        <Conversion explanation={explanation} cost={cost} />
        {cost.problems.length > 0 && <Problems cost={cost} />}
      </div>
    </Card>
  )
}

function Parts({ cost }: { cost: CallCost }) {
  const { t } = useTranslation('call')
  const format = useFormat()
  const parts = cost.parts.filter(({ tokens }) => tokens > 0)
  return (
    <Table label={t('cost.title')}>
      <thead>
        <tr>
          <TableHead>{t('cost.part')}</TableHead>
          <TableHead className="text-right">{t('cost.tokens')}</TableHead>
          <TableHead className="text-right">{t('cost.perMillion')}</TableHead>
          <TableHead className="text-right">{t('cost.usd')}</TableHead>
        </tr>
      </thead>
      <tbody>
        {parts.map(({ part, tokens, usd_per_million: price, usd }) => (
          <tr key={part}>
            <TableCell>{t(`cost.parts.${part}`)}</TableCell>
            <TableCell className="text-right">{format.number(tokens, 0)}</TableCell>
            <TableCell className="text-right whitespace-nowrap">{exactText(format, price, 'US$')}</TableCell>
            <TableCell className="text-right whitespace-nowrap">{exactText(format, usd, 'US$')}</TableCell>
          </tr>
        ))}
        <tr className="font-medium">
          <TableCell colSpan={3}>{t('cost.sum')}</TableCell>
          <TableCell className="text-right whitespace-nowrap">{exactText(format, cost.parts_usd ?? '0', 'US$')}</TableCell>
        </tr>
      </tbody>
    </Table>
  )
}

function Conversion({ explanation, cost }: { explanation: Explanation; cost: CallCost }) {
  const { t } = useTranslation('call')
  const format = useFormat()
  const { price, rate } = explanation
  const tier = cost.tier_above_input_tokens
  return (
    <dl className="grid gap-x-8 gap-y-3 text-sm sm:grid-cols-2">
      {cost.usd !== null && cost.brl !== null && rate && (
        <div className="sm:col-span-2">
          <dt className="text-muted-foreground">{t('cost.inReais')}</dt>
          <dd className="mt-0.5 font-medium break-words">
            {`${exactText(format, cost.usd, 'US$')} × ${format.number(rate.brl_for_one_usd, 8)} = ${exactText(format, cost.brl, 'R$')}`}
          </dd>
        </div>
      )}
      {rate && (
        <div>
          <dt className="text-muted-foreground">{t('cost.rate')}</dt>
          <dd className="mt-0.5">
            {t('cost.rateOf', {
              rate: format.number(rate.brl_for_one_usd, 8),
              source: rate.source === 'ptax' ? 'PTAX' : (rate.source ?? '–'),
              when: rate.quoted_at === null ? '–' : format.dateTime(rate.quoted_at),
            })}
          </dd>
        </div>
      )}
      {price && (
        <div>
          <dt className="text-muted-foreground">{t('cost.price')}</dt>
          <dd className="mt-0.5 break-words">
            {t(price.valid_to === null ? 'cost.priceSince' : 'cost.priceBetween', {
              model: price.model,
              from: format.dateTime(price.valid_from),
              to: price.valid_to === null ? '' : format.dateTime(price.valid_to),
            })}{' '}
            {price.reference !== null && /^https:\/\//.test(price.reference) && (
              <a href={price.reference} target="_blank" rel="noreferrer" className="text-primary underline underline-offset-4">
                {t('cost.reference')}
              </a>
            )}
          </dd>
        </div>
      )}
      {tier !== null && (
        <div>
          <dt className="text-muted-foreground">{t('cost.tier')}</dt>
          <dd className="mt-0.5">{t('cost.tierAbove', { tokens: format.number(tier, 0) })}</dd>
        </div>
      )}
    </dl>
  )
}

function Problems({ cost }: { cost: CallCost }) {
  const { t } = useTranslation('call')
  return (
    <div className="space-y-2">
      <h3 className="text-sm font-semibold text-danger">{t('cost.problems')}</h3>
      <Table label={t('cost.problems')}>
        <thead>
          <tr>
            <TableHead>{t('cost.what')}</TableHead>
            <TableHead className="text-right">{t('cost.booked')}</TableHead>
            <TableHead className="text-right">{t('cost.expected')}</TableHead>
          </tr>
        </thead>
        <tbody>
          {cost.problems.map(({ what, booked, expected }) => (
            <tr key={`${what} ${booked}`}>
              <TableCell>{t(`cost.problem.${what as 'tokens'}`, { defaultValue: what })}</TableCell>
              <TableCell className="text-right">{booked ?? '–'}</TableCell>
              <TableCell className="text-right">{expected ?? '–'}</TableCell>
            </tr>
          ))}
        </tbody>
      </Table>
    </div>
  )
}
