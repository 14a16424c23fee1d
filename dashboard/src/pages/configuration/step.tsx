import { ArrowRight, Check, ChevronDown } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../ui/button.tsx'
import { cn } from '../../ui/cn.ts'
import { StepBoxes, type StepBoxesProps } from './step-boxes.tsx'
import { boxState, nextOpen, type StepState, stepState, steps } from './steps.ts'

export interface StepProps extends StepBoxesProps {
  isOpen: boolean
  onToggle(): void
}

/** A step of the guide, folded unless it is the one to be done. */
export function Step({ isOpen, onToggle, ...rest }: StepProps) {
  const { id, setup, onGoTo } = rest
  const { t } = useTranslation('configuration')
  const state = stepState(setup, id)
  const number = steps.findIndex((step) => step.id === id) + 1
  const next = nextOpen(setup)
  const isDone = state !== 'open'
  return (
    <section className="min-w-0 rounded-lg border bg-card">
      <h2>
        <button
          type="button"
          id={`step-${id}`}
          aria-expanded={isOpen}
          aria-controls={`step-${id}-boxes`}
          onClick={onToggle}
          className="flex w-full items-center gap-3 rounded-lg px-4 py-4 text-left sm:px-6"
        >
          <StepSign state={state} number={number} />
          <span className="min-w-0 flex-1">
            <span className="block font-semibold">{t(`steps.${id}.title`)}</span>
            <span className="block text-sm text-muted-foreground">
              <StepNote {...rest} state={state} />
            </span>
          </span>
          <ChevronDown className={cn('size-5 shrink-0 text-muted-foreground transition-transform', isOpen && 'rotate-180')} aria-hidden />
        </button>
      </h2>
      {isOpen && (
        <div id={`step-${id}-boxes`} className="border-t px-4 py-3 sm:px-6">
          <ul className="divide-y">
            <StepBoxes {...rest} />
          </ul>
          {isDone && next !== undefined && next !== id && (
            <div className="mt-4 flex justify-end border-t pt-4 pb-1">
              <Button onClick={() => onGoTo(next)}>
                {t('next', { step: t(`steps.${next}.title`) })}
                <ArrowRight aria-hidden />
              </Button>
            </div>
          )}
        </div>
      )}
    </section>
  )
}

function StepSign({ state, number }: { state: StepState; number: number }) {
  const style = { done: 'bg-success-soft text-success', open: 'bg-primary-soft text-primary', later: 'bg-muted text-muted-foreground' }
  return (
    <span aria-hidden className={cn('grid size-8 shrink-0 place-items-center rounded-full text-sm font-semibold', style[state])}>
      {state === 'done' ? <Check className="size-4.5" strokeWidth={2.5} /> : number}
    </span>
  )
}

function StepNote({ id, setup, state }: { id: StepProps['id']; setup: StepProps['setup']; state: StepState }) {
  const { t } = useTranslation('configuration')
  const boxes = steps.find((step) => step.id === id)?.boxes ?? []
  const done = boxes.filter((box) => boxState(setup, box) === 'done').length
  const words = { done: t('stepStates.done'), later: t('stepStates.later'), open: t(`steps.${id}.text`) }[state]
  return (
    <>
      {words} <span className="whitespace-nowrap">{t('boxesDone', { done, count: boxes.length })}</span>
    </>
  )
}
