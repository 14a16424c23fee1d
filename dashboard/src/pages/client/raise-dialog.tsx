import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, type Body, useChange } from '../../api/index.ts'
import { amountProblem, LimitField, parseAmount, useBudgetName } from '../../budgets/index.ts'
import { useFormat } from '../../format/index.ts'
import { FormDialog } from '../../ui/form-dialog.tsx'
import { FormField } from '../../ui/form-field.tsx'
import { Input } from '../../ui/input.tsx'
import { RadioCards } from '../../ui/radio-cards.tsx'
import { toast } from '../../ui/toast.tsx'
import type { Budget } from './client.ts'

export interface RaiseDialogProps {
  isOpen: boolean
  onOpenChange(isOpen: boolean): void
  /** The budget's own address. */
  place: string
  budget: Budget
  zone: string
}

type Raise = Body<'PUT /clients/:client/budgets/:type/:period/raise'>

/** A higher limit until an end, after which the usual one is in force again by itself. */
export function RaiseDialog(props: RaiseDialogProps) {
  return props.isOpen ? <OpenDialog {...props} /> : null
}

function OpenDialog({ isOpen, onOpenChange, place, budget, zone }: RaiseDialogProps) {
  const { t, i18n } = useTranslation('client')
  const budgetWords = useTranslation('budgets').t
  const nameOf = useBudgetName()
  const format = useFormat(zone)
  const [limit, setLimit] = useState('')
  const [until, setUntil] = useState<'end_of_period' | 'at'>('end_of_period')
  const [at, setAt] = useState('')
  const [wasSent, setSent] = useState(false)
  const raise = useChange(['config', 'usage', 'alerts'], (body: Raise) => api.put(`${place}/raise`, body))
  const problem = amountProblem(limit, budget.type, i18n.language)
  const amount = parseAmount(limit, i18n.language)
  const usual = format.amount(budget.usual_limit, budget.type)
  const isNoRaise = problem === undefined && Number(amount) <= Number(budget.usual_limit)
  const limitError = problem !== undefined ? budgetWords(`problems.${problem}`) : isNoRaise ? t('raise.notAbove', { usual }) : undefined
  const isAtMissing = until === 'at' && at === ''
  const submit = async () => {
    setSent(true)
    if (limitError !== undefined || isAtMissing) return false
    // Without a zone it is the client's own clock.
    await raise.mutateAsync({ limit: amount ?? '', until: until === 'at' ? { at } : until })
    toast.success(t('raise.done'))
    return true
  }
  return (
    <FormDialog
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      title={t('raise.title')}
      description={t('raise.text', { name: nameOf(budget), usual })}
      submit={t('raise.submit')}
      onSubmit={submit}
    >
      <LimitField type={budget.type} text={limit} onChange={setLimit} error={wasSent ? limitError : undefined} label={t('raise.limit')} />
      <RadioCards<'end_of_period' | 'at'>
        label={t('raise.until')}
        value={until}
        onValueChange={setUntil}
        options={[
          { value: 'end_of_period', label: t('raise.endOfPeriod'), text: format.dateTime(budget.resets_at) },
          { value: 'at', label: t('raise.at'), text: t('raise.atText', { zone: zone.replaceAll('_', ' ') }) },
        ]}
      />
      {until === 'at' && (
        <FormField label={t('raise.when')} error={wasSent && isAtMissing ? t('raise.atMissing') : undefined}>
          {(control) => <Input {...control} type="datetime-local" value={at} onChange={(event) => setAt(event.target.value)} />}
        </FormField>
      )}
    </FormDialog>
  )
}
