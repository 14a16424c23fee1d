import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useCanEdit } from '../../auth/index.ts'
import { useFormat } from '../../format/index.ts'
import { Badge } from '../../ui/badge.tsx'
import { Sheet } from '../../ui/sheet.tsx'
import { type Model, priceFieldsOf, type Rate } from './model.ts'
import { ModelForm } from './model-form.tsx'
import { Price } from './price.tsx'

export interface ModelSheetProps {
  /** Undefined: closed. */
  model: Model | undefined
  rate: Rate | null | undefined
  onClose(): void
}

/** What is known of a model, and for editors the form that changes it. */
export function ModelSheet({ model, rate, onClose }: ModelSheetProps) {
  const canEdit = useCanEdit()
  return (
    <Sheet isOpen={model !== undefined} onOpenChange={(isOpen) => !isOpen && onClose()} title={model?.gateway_identifier ?? ''}>
      {model && (
        <div className="space-y-6">
          <Facts model={model} />
          {canEdit ? <ModelForm key={model.id} model={model} onDone={onClose} /> : <Figures model={model} rate={rate} />}
        </div>
      )}
    </Sheet>
  )
}

function Facts({ model }: { model: Model }) {
  const { t } = useTranslation('models')
  const format = useFormat()
  const skills = Object.entries(model.capabilities).flatMap(([name, value]) => (value === true ? [name.replaceAll('_', ' ')] : []))
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-6 gap-y-2 text-sm">
      <Fact label={t('columns.state')}>
        <Badge tone={model.is_active ? 'success' : 'neutral'}>{t(model.is_active ? 'state.on' : 'state.off')}</Badge>
      </Fact>
      <Fact label={t('columns.type')}>{t(`apiType.${model.api_type}`)}</Fact>
      <Fact label={t('columns.provider')}>{model.provider}</Fact>
      <Fact label={t('columns.source')}>{t(`sourceLong.${model.price_source}`)}</Fact>
      <Fact label={t('columns.validity')}>
        {model.valid_to === null
          ? t('validSince', { date: format.dateTime(model.valid_from) })
          : t('validBetween', { from: format.dateTime(model.valid_from), to: format.dateTime(model.valid_to) })}
      </Fact>
      {skills.length > 0 && <Fact label={t('columns.capabilities')}>{skills.join(', ')}</Fact>}
    </dl>
  )
}

/** The same as the form has, for readers. */
function Figures({ model, rate }: { model: Model; rate: Rate | null | undefined }) {
  const { t } = useTranslation('models')
  const format = useFormat()
  const tokens = (value: number | null) => (value === null ? '–' : format.number(value, 0))
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-6 gap-y-2 border-t pt-5 text-sm">
      {priceFieldsOf(model).map((field) => (
        <Fact key={field} label={t(`field.${field}`)}>
          <Price usd={model[field]} rate={rate} />
        </Fact>
      ))}
      <Fact label={t('field.context_window')}>{tokens(model.context_window)}</Fact>
      <Fact label={t('field.max_output_tokens')}>{tokens(model.max_output_tokens)}</Fact>
      <Fact label={t('field.default_max_output_tokens')}>{tokens(model.default_max_output_tokens)}</Fact>
      <Fact label={t('field.aliases')}>{model.aliases.length === 0 ? '–' : model.aliases.join(', ')}</Fact>
    </dl>
  )
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted-foreground">{label}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  )
}
