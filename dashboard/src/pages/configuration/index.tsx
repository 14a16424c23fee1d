import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '../../api/index.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { Progress } from '../../ui/progress.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { useChosenClient } from './client-boxes.tsx'
import { Step } from './step.tsx'
import { countDone, nextOpen, orderSteps, type Setup, type StepId, stepState, steps } from './steps.ts'
import { SystemCard } from './system-card.tsx'
import { useOnlineCheck } from './use-online-check.ts'

const boxCount = 17

/** The setup guide's checklist, live, with what fixes each box. */
export function ConfigurationPage() {
  const { t } = useTranslation('configuration')
  const [client] = useChosenClient()
  const setup = useApi<Setup>('config', '/api/admin/setup', { client }, { keepsPrevious: true })
  return (
    <>
      <PageHeader title={t('title')} description={t('text')} />
      {setup.error ? (
        <ErrorState error={setup.error} onRetry={() => void setup.refetch()} />
      ) : setup.data ? (
        <Checklist setup={setup.data} onLookAgain={() => void setup.refetch()} isLooking={setup.isFetching} />
      ) : (
        <Loading />
      )}
    </>
  )
}

function Checklist({ setup, onLookAgain, isLooking }: { setup: Setup; onLookAgain(): void; isLooking: boolean }) {
  const online = useOnlineCheck()
  // As it was when the page was opened: a step that has been done does not run away from whoever did it.
  const [order] = useState(() => orderSteps(setup))
  const [open, setOpen] = useState<ReadonlySet<StepId>>(() => new Set([nextOpen(setup) ?? 'test']))
  const [target, setTarget] = useState<StepId>()
  const heading = useRef<HTMLDivElement>(null)
  const toggle = (id: StepId) => setOpen((now) => (now.has(id) ? new Set([...now].filter((each) => each !== id)) : new Set([...now, id])))
  const goTo = (id: StepId) => {
    // What is done folds itself; what is not stays as it was left.
    setOpen((now) => new Set([...[...now].filter((each) => stepState(setup, each) === 'open'), id]))
    setTarget(id)
  }
  useEffect(() => {
    if (target === undefined) return
    const button = heading.current?.querySelector<HTMLElement>(`#step-${target}`)
    button?.focus({ preventScroll: true })
    button?.scrollIntoView({ block: 'center' })
    setTarget(undefined)
  }, [target])
  return (
    <div ref={heading} className="max-w-4xl space-y-6">
      <Summary setup={setup} onGoTo={goTo} />
      <div className="space-y-3">
        {order.map((id) => (
          <Step
            key={id}
            id={id}
            setup={setup}
            online={online}
            isOpen={open.has(id)}
            onToggle={() => toggle(id)}
            onLookAgain={onLookAgain}
            isLooking={isLooking}
            onGoTo={goTo}
          />
        ))}
      </div>
      <SystemCard setup={setup} />
    </div>
  )
}

function Summary({ setup, onGoTo }: { setup: Setup; onGoTo(id: StepId): void }) {
  const { t } = useTranslation('configuration')
  const done = countDone(setup)
  const next = nextOpen(setup)
  const isLater = steps.some(({ id }) => stepState(setup, id) === 'later')
  const words =
    next !== undefined ? t('summary.open') : isLater ? t('summary.later') : done < boxCount ? t('summary.enough') : t('summary.done')
  return (
    <div className="space-y-4">
      <div className="space-y-2">
        <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
          <p className="font-medium">{t('summary.progress', { done, total: boxCount })}</p>
          <p className="text-sm text-muted-foreground">{words}</p>
        </div>
        <Progress share={done / boxCount} label={t('summary.label')} />
      </div>
      {setup.is_demo && (
        <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3 rounded-lg bg-primary-soft px-4 py-4 sm:px-6">
          <div className="min-w-0 flex-1 basis-72 space-y-1">
            <p className="font-semibold">{t('demo.title')}</p>
            <p className="text-sm">{t('demo.text')}</p>
          </div>
          {next === undefined && (
            <Button variant="secondary" onClick={() => onGoTo('vercel')}>
              {t('demo.keys')}
            </Button>
          )}
        </div>
      )}
    </div>
  )
}

function Loading() {
  const { t } = useTranslation()
  return (
    <div role="status" className="max-w-4xl space-y-6">
      <span className="sr-only">{t('loading')}</span>
      <Skeleton className="h-10 w-full" />
      <div className="space-y-3">
        {steps.map(({ id }) => (
          <Skeleton key={id} className="h-20 w-full" />
        ))}
      </div>
    </div>
  )
}
