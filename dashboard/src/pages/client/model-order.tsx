import { ArrowDown, ArrowUp, X } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../ui/button.tsx'
import { FormField } from '../../ui/form-field.tsx'
import { NativeSelect } from '../../ui/native-select.tsx'
import type { ModelGroup } from './use-model-options.ts'

export interface ModelOrderProps {
  label: string
  models: readonly string[]
  onChange(models: readonly string[]): void
  groups: ModelGroup[]
  isReadOnly?: boolean
  error?: string | undefined
}

const mostModels = 20

/** Models in the order in which they are tried. Buttons order them, so keyboard and finger do it alike. */
export function ModelOrder({ label, models, onChange, groups, isReadOnly = false, error }: ModelOrderProps) {
  const { t } = useTranslation('client')
  const list = useRef<HTMLOListElement>(null)
  const [moved, setMoved] = useState<{ model: string; place: number }>()
  // What moves in the page loses the focus: it goes with its model.
  useEffect(() => {
    if (moved) list.current?.querySelector<HTMLElement>(`[data-model="${CSS.escape(moved.model)}"]`)?.focus()
  }, [moved])
  const move = (from: number, to: number) => {
    const next = models.toSpliced(from, 1).toSpliced(to, 0, models[from] as string)
    onChange(next)
    setMoved({ model: models[from] as string, place: to + 1 })
  }
  const free = groups
    .map((group) => ({ ...group, options: group.options.filter(({ value }) => !models.includes(value)) }))
    .filter(({ options }) => options.length > 0)
  return (
    <div className="space-y-3">
      {models.length > 0 && (
        <ol ref={list} aria-label={label} className="divide-y rounded-md border">
          {models.map((model, index) => (
            <li key={model} tabIndex={-1} data-model={model} className="flex items-center gap-2 py-1.5 pr-1.5 pl-3">
              <span className="w-5 shrink-0 text-sm text-muted-foreground">{index + 1}.</span>
              <span className="min-w-0 flex-1 font-mono text-sm break-all">{model}</span>
              {!isReadOnly && (
                <span className="flex shrink-0">
                  <OrderButton
                    label={t('models.up', { model })}
                    isDisabled={index === 0}
                    onClick={() => move(index, index - 1)}
                    icon={ArrowUp}
                  />
                  <OrderButton
                    label={t('models.down', { model })}
                    isDisabled={index === models.length - 1}
                    onClick={() => move(index, index + 1)}
                    icon={ArrowDown}
                  />
                  <OrderButton label={t('models.remove', { model })} onClick={() => onChange(models.toSpliced(index, 1))} icon={X} />
                </span>
              )}
            </li>
          ))}
        </ol>
      )}
      <span className="sr-only" aria-live="polite">
        {moved && t('models.moved', moved)}
      </span>
      {!isReadOnly && models.length < mostModels && (
        <FormField label={t('models.add')} error={error}>
          {(control) => (
            <NativeSelect
              {...control}
              value=""
              onValueChange={(model) => model !== '' && onChange([...models, model])}
              groups={[{ label: '', options: [{ value: '', label: t('models.choose') }] }, ...free]}
            />
          )}
        </FormField>
      )}
    </div>
  )
}

interface OrderButtonProps {
  label: string
  isDisabled?: boolean
  onClick(): void
  icon: typeof ArrowUp
}

function OrderButton({ label, isDisabled = false, onClick, icon: Icon }: OrderButtonProps) {
  return (
    <Button variant="ghost" size="icon" aria-label={label} disabled={isDisabled} onClick={onClick}>
      <Icon aria-hidden />
    </Button>
  )
}
