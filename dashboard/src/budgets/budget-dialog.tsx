import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, type Body, useChange } from '../api/index.ts'
import { useFormat } from '../format/index.ts'
import { Checkbox } from '../ui/checkbox.tsx'
import { FormDialog } from '../ui/form-dialog.tsx'
import { FormField } from '../ui/form-field.tsx'
import { Input } from '../ui/input.tsx'
import { RadioCards } from '../ui/radio-cards.tsx'
import { Select } from '../ui/select.tsx'
import { toast } from '../ui/toast.tsx'
import { amountProblem, type BudgetPeriod, type BudgetType, parseAmount, typedAmount } from './parse-amount.ts'
import { useBudgetName } from './use-budget-name.ts'

export interface EditedBudget {
  type: BudgetType
  period: BudgetPeriod
  /** Without a raise. */
  limit: string | number
  hard: boolean
  alerts: number[]
}

export interface BudgetDialogProps {
  isOpen: boolean
  onOpenChange(isOpen: boolean): void
  /** `/api/admin/clients/acme/budgets` or `/api/admin/plans/pro/budgets`. */
  path: string
  /** Of whom there is at most one budget of each kind. */
  existing: readonly { type: BudgetType; period: BudgetPeriod }[]
  /** Left out: a new one. */
  budget?: EditedBudget | undefined
}

export function BudgetDialog(props: BudgetDialogProps) {
  return props.isOpen ? <OpenDialog key={props.budget ? `${props.budget.type} ${props.budget.period}` : ''} {...props} /> : null
}

const periods = ['daily', 'weekly', 'monthly'] as const
const types = ['brl', 'usd', 'tokens'] as const
const thresholds = [80, 90, 100] as const

/** A first proposal that is not taken: by day, week, month in reais, then in the other units. */
function firstFree(existing: BudgetDialogProps['existing']): { type: BudgetType; period: BudgetPeriod } {
  const kinds = types.flatMap((type) => (['monthly', 'daily', 'weekly'] as const).map((period) => ({ type, period })))
  const isTaken = (kind: (typeof kinds)[number]) => existing.some(({ type, period }) => type === kind.type && period === kind.period)
  return kinds.find((kind) => !isTaken(kind)) ?? { type: 'brl', period: 'monthly' }
}

function OpenDialog({ isOpen, onOpenChange, path, existing, budget }: BudgetDialogProps) {
  const { t, i18n } = useTranslation('budgets')
  const nameOf = useBudgetName()
  const [kind, setKind] = useState(() => (budget ? { type: budget.type, period: budget.period } : firstFree(existing)))
  const [limit, setLimit] = useState(budget ? typedAmount(budget.limit, i18n.language) : '')
  const [mode, setMode] = useState<'hard' | 'soft'>(budget?.hard === false ? 'soft' : 'hard')
  const [alerts, setAlerts] = useState<readonly number[]>(budget?.alerts ?? thresholds)
  const [wasSent, setSent] = useState(false)
  const problem = amountProblem(limit, kind.type, i18n.language)
  const isOwn = (other: { type: BudgetType; period: BudgetPeriod }) => other.type === budget?.type && other.period === budget.period
  const isTaken = existing.some((other) => other.type === kind.type && other.period === kind.period && !isOwn(other))
  const save = useChange(['config', 'usage'], (body: Body<'PATCH /clients/:client/budgets/:type/:period'>) =>
    budget
      ? api.patch(`${path}/${budget.type}/${budget.period}`, { ...body, ...kind })
      : api.put(`${path}/${kind.type}/${kind.period}`, body),
  )
  const submit = async () => {
    setSent(true)
    if (problem !== undefined || isTaken) return false
    const chosen = thresholds.filter((each) => alerts.includes(each))
    await save.mutateAsync({ limit: parseAmount(limit, i18n.language) ?? '', hard: mode === 'hard', alerts: chosen })
    toast.success(t('saved', { name: nameOf(kind) }))
    return true
  }
  return (
    <FormDialog
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      title={budget ? t('edit') : t('create')}
      description={t('formText')}
      submit={budget ? t('save') : t('create')}
      onSubmit={submit}
    >
      <KindFields kind={kind} onChange={setKind} error={isTaken ? t('taken') : undefined} />
      <LimitField type={kind.type} text={limit} onChange={setLimit} error={wasSent && problem ? t(`problems.${problem}`) : undefined} />
      <RadioCards<'hard' | 'soft'>
        label={t('mode')}
        value={mode}
        onValueChange={setMode}
        options={[
          { value: 'hard', label: t('hard'), text: t('hardText') },
          { value: 'soft', label: t('soft'), text: t('softText') },
        ]}
      />
      <AlertsField alerts={alerts} onChange={setAlerts} />
    </FormDialog>
  )
}

type Kind = { type: BudgetType; period: BudgetPeriod }

function KindFields({ kind, onChange, error }: { kind: Kind; onChange(kind: Kind): void; error: string | undefined }) {
  const { t } = useTranslation('budgets')
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <FormField label={t('type')}>
        {(control) => (
          <Select
            {...control}
            value={kind.type}
            onValueChange={(type) => onChange({ ...kind, type: type as BudgetType })}
            options={types.map((value) => ({ value, label: t(`units.${value}`) }))}
          />
        )}
      </FormField>
      <FormField label={t('period')} error={error}>
        {(control) => (
          <Select
            {...control}
            value={kind.period}
            onValueChange={(period) => onChange({ ...kind, period: period as BudgetPeriod })}
            options={periods.map((value) => ({ value, label: t(`periods.${value}`) }))}
          />
        )}
      </FormField>
    </div>
  )
}

export interface LimitFieldProps {
  type: BudgetType
  text: string
  onChange(text: string): void
  error: string | undefined
  label?: string
}

/** Says back what it has understood: a point and a comma are easily mistaken. */
export function LimitField({ type, text, onChange, error, label }: LimitFieldProps) {
  const { t, i18n } = useTranslation('budgets')
  const format = useFormat()
  const isGood = amountProblem(text, type, i18n.language) === undefined
  const amount = parseAmount(text, i18n.language)
  const hint = isGood && amount !== undefined ? t('understood', { amount: format.amount(amount, type) }) : t(`limitHints.${type}`)
  return (
    <FormField label={label ?? t('limit')} hint={hint} error={error}>
      {(control) => (
        <Input
          {...control}
          inputMode={type === 'tokens' ? 'numeric' : 'decimal'}
          autoComplete="off"
          value={text}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </FormField>
  )
}

function AlertsField({ alerts, onChange }: { alerts: readonly number[]; onChange(alerts: readonly number[]): void }) {
  const { t } = useTranslation('budgets')
  const format = useFormat()
  return (
    <fieldset className="space-y-2">
      <legend className="text-sm font-medium">{t('alerts')}</legend>
      <div className="flex flex-wrap gap-x-6 gap-y-2">
        {thresholds.map((each) => (
          // biome-ignore lint/a11y/noLabelWithoutControl: the checkbox inside is one
          <label key={each} className="inline-flex items-center gap-2 text-sm">
            <Checkbox
              checked={alerts.includes(each)}
              onCheckedChange={(isOn) => onChange(isOn === true ? [...alerts, each] : alerts.filter((other) => other !== each))}
            />
            {format.wholePercent(each / 100)}
          </label>
        ))}
      </div>
    </fieldset>
  )
}
