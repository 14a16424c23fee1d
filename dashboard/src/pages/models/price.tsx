import { useTranslation } from 'react-i18next'
import { type Answer, useApi } from '../../api/index.ts'
import { useFormat } from '../../format/index.ts'
import type { Rate } from './model.ts'

/** Undefined: still loading; null: there is none. */
export function useRate(): Rate | null | undefined {
  return useApi<Answer<'GET /exchange-rate'>>('config', '/api/admin/exchange-rate').data?.rate
}

/** A price in US dollars, as it is booked, and about what it is in reais now. */
export function Price({ usd, rate, unit }: { usd: string | null; rate: Rate | null | undefined; unit?: string }) {
  const { t } = useTranslation('models')
  const format = useFormat()
  if (usd === null) return <span className="text-muted-foreground">–</span>
  const reais = rate ? format.brl(Number(usd) * Number(rate.brl_for_one_usd)) : undefined
  return (
    <span className="inline-block">
      <span className="block">
        {format.usd(usd)}
        {unit !== undefined && <span className="text-muted-foreground"> {unit}</span>}
      </span>
      <span className="block min-h-4 text-xs text-muted-foreground">{reais !== undefined && t('price.about', { price: reais })}</span>
    </span>
  )
}

/** Which rate the reais of the page are by. */
export function RateNote({ rate }: { rate: Rate | null | undefined }) {
  const { t } = useTranslation('models')
  const format = useFormat()
  // The words themselves keep the place of as many lines as they take.
  if (rate === undefined) {
    const likely = { rate: format.number('5.0000', 4), source: sourceText('ptax'), date: format.date(new Date().toISOString()) }
    return (
      <p aria-hidden className="invisible min-h-5 text-sm">
        {t('price.rate', likely)}
      </p>
    )
  }
  if (rate === null) return <p className="min-h-5 text-sm text-muted-foreground">{t('price.noRate')}</p>
  const values = { rate: format.number(rate.brl_for_one_usd, 4), source: sourceText(rate.source), date: format.date(rate.quoted_at) }
  return <p className="min-h-5 text-sm text-muted-foreground">{t(rate.is_stale ? 'price.staleRate' : 'price.rate', values)}</p>
}

function sourceText(source: string): string {
  return { ptax: 'PTAX', env: 'USD_BRL_RATE' }[source] ?? source
}
