import { Info } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../../format/index.ts'
import { amountText } from './amount-text.ts'
import type { Explanation } from './explanation.ts'

/** What else there is to know where a call is not simply booked. */
export function StateNote({ explanation }: { explanation: Explanation }) {
  const { t } = useTranslation('call')
  const format = useFormat()
  const { state, admission, rows } = explanation
  if (state === 'settled' && rows <= 1) return null
  return (
    <div className="flex items-start gap-3 rounded-lg border bg-card p-5 text-sm">
      <Info className="mt-0.5 size-4 shrink-0 text-muted-foreground" aria-hidden />
      <div className="min-w-0 space-y-1.5">
        <p className="font-medium">{t(rows > 1 ? 'state.twice' : `state.${state as 'in_flight'}`)}</p>
        <p className="text-muted-foreground">{t(rows > 1 ? 'state.twiceText' : `state.${state as 'in_flight'}Text`)}</p>
        {admission && (
          <p>
            {t('state.admitted', {
              client: admission.client,
              model: admission.model,
              when: format.dateTime(admission.admitted_at),
              tokens: amountText(format, admission.at_most.tokens, 'tokens'),
              brl: amountText(format, admission.at_most.brl, 'brl'),
            })}
          </p>
        )}
      </div>
    </div>
  )
}
