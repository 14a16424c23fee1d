import { Circle, CircleAlert, CircleCheck, CircleDashed } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { cn } from '../../ui/cn.ts'
import { type BoxNumber, type BoxState, boxState, type Setup } from './steps.ts'
import { useBoxText } from './use-box-text.ts'

const signs = { done: CircleCheck, todo: Circle, failed: CircleAlert, optional: CircleDashed, later: CircleDashed } as const
const tones: Record<BoxState, string> = {
  done: 'text-success',
  todo: 'text-muted-foreground',
  failed: 'text-danger',
  optional: 'text-muted-foreground',
  later: 'text-muted-foreground',
}

/** One of the guide's 17: its words, its state, what was found, and what puts it right. */
export function Box({ setup, number, children }: { setup: Setup; number: BoxNumber; children?: ReactNode }) {
  const { t } = useTranslation('configuration')
  const textOf = useBoxText()
  const state = boxState(setup, number)
  const Sign = signs[state]
  return (
    <li className="flex gap-3 py-4 first:pt-1 last:pb-1">
      <Sign className={cn('mt-0.5 size-5 shrink-0', tones[state])} aria-hidden />
      <div className="min-w-0 flex-1 space-y-3">
        <div className="space-y-0.5">
          <h3 className="text-sm font-medium">
            {t(`boxes.b${number}`)}
            <span className={cn('ml-2 text-xs font-medium whitespace-nowrap', tones[state])}>{t(`states.${state}`)}</span>
          </h3>
          <p className="text-sm break-words text-muted-foreground">{textOf(setup, number)}</p>
        </div>
        {children}
      </div>
    </li>
  )
}
