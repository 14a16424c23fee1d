import { ArrowRight, CircleCheck, Play } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { useCanEdit } from '../../auth/index.ts'
import { useBudgetName } from '../../budgets/index.ts'
import { useFormat } from '../../format/index.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorNote } from '../../ui/error-state.tsx'
import { Box } from './box.tsx'
import { nextOpen, type Setup } from './steps.ts'
import { type TestCall, useTestCall } from './use-test-call.ts'

/** The real call: its answer, its row and the budget's movement, side by side. */
export function TestBoxes({ setup }: { setup: Setup }) {
  const test = useTestCall()
  return (
    <>
      <Box setup={setup} number={15}>
        <TestButton setup={setup} test={test} />
        {test.error && <Refusal setup={setup} error={test.error} />}
        {test.data && <Result call={test.data} />}
      </Box>
      <Box setup={setup} number={16} />
      <Box setup={setup} number={17} />
      {test.data && setup.test_client && <Success setup={setup} slug={setup.test_client.slug} />}
    </>
  )
}

function TestButton({ setup, test }: { setup: Setup; test: ReturnType<typeof useTestCall> }) {
  const { t } = useTranslation('configuration')
  const canEdit = useCanEdit()
  const client = setup.test_client
  if (!canEdit) return null
  const missing = client === null ? t('test.needsClient') : setup.is_enabled ? undefined : t('test.needsFlag')
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
      <Button isBusy={test.isPending} disabled={missing !== undefined} onClick={() => client && test.mutate(client.slug)}>
        {!test.isPending && <Play aria-hidden />}
        {test.isPending ? t('test.running') : test.data ? t('test.again') : t('test.run')}
      </Button>
      <span className="text-sm text-muted-foreground">
        {missing ?? (setup.is_demo ? t('test.demo', { name: client?.name }) : t('test.text', { name: client?.name }))}
      </span>
    </div>
  )
}

function Refusal({ setup, error }: { setup: Setup; error: unknown }) {
  const { t } = useTranslation('configuration')
  const slug = setup.test_client?.slug
  return (
    <div className="space-y-2">
      <ErrorNote error={error} />
      {slug !== undefined && (
        <Button asChild variant="secondary" size="sm">
          <Link to={`/clients/${slug}`}>{t('test.openClient')}</Link>
        </Button>
      )}
    </div>
  )
}

function Result({ call }: { call: TestCall }) {
  const { t } = useTranslation('configuration')
  const format = useFormat()
  const { answer, row } = call
  return (
    <div className="grid gap-3 lg:grid-cols-3">
      <Panel title={t('test.answer')}>
        <p className="text-lg font-medium break-words">“{answer.text}”</p>
        <Facts
          facts={[
            [t('test.model'), `${answer.provider}/${answer.model}`],
            [t('test.latency'), format.duration(answer.latency_ms)],
            [t('test.tokens'), t('test.inOut', { input: answer.usage.promptTokens, output: answer.usage.completionTokens })],
          ]}
        />
      </Panel>
      <Panel title={t('test.row')}>
        {row === null ? (
          <p className="text-sm text-muted-foreground">{t('test.noRow')}</p>
        ) : (
          <Facts
            facts={[
              ['provider', row.provider],
              ['model_name', row.model_name],
              ['total_tokens', format.number(row.total_tokens, 0)],
              ['cost_brl', row.cost_brl === null ? t('test.unpriced') : format.brl(row.cost_brl)],
              ['was_cached', String(row.was_cached)],
              ['created_at', format.time(row.created_at)],
            ]}
          />
        )}
      </Panel>
      <Panel title={t('test.budget')}>
        <Movement call={call} />
      </Panel>
    </div>
  )
}

function Panel({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section className="min-w-0 space-y-2 rounded-md border bg-background p-4">
      <h4 className="text-xs font-medium text-muted-foreground">{title}</h4>
      {children}
    </section>
  )
}

function Facts({ facts }: { facts: readonly (readonly [string, string])[] }) {
  return (
    <dl className="space-y-1 text-sm">
      {facts.map(([name, value]) => (
        <div key={name} className="flex justify-between gap-4">
          <dt className="text-muted-foreground">{name}</dt>
          <dd className="min-w-0 text-right font-medium break-words">{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function Movement({ call: { before, after } }: { call: TestCall }) {
  const { t } = useTranslation('configuration')
  const format = useFormat()
  const nameOf = useBudgetName()
  if (after.length === 0) return <p className="text-sm text-muted-foreground">{t('test.noBudget')}</p>
  return (
    <ul className="space-y-3 text-sm">
      {after.map((budget) => (
        <li key={budget.id} className="space-y-0.5">
          <p className="text-muted-foreground">{nameOf(budget)}</p>
          <p className="flex flex-wrap items-center gap-x-2 font-medium">
            {format.amount(before.find(({ id }) => id === budget.id)?.used ?? 0, budget.type)}
            <ArrowRight className="size-4 text-muted-foreground" role="img" aria-label={t('test.to')} />
            {format.amount(budget.used, budget.type)}
          </p>
        </li>
      ))}
    </ul>
  )
}

function Success({ setup, slug }: { setup: Setup; slug: string }) {
  const { t } = useTranslation('configuration')
  if (nextOpen(setup) !== undefined) return null
  return (
    <li className="pt-4">
      <div role="status" className="flex flex-wrap items-center gap-x-4 gap-y-3 rounded-md bg-success-soft p-4">
        <p className="flex min-w-0 flex-1 basis-64 items-start gap-2 text-sm font-medium text-success">
          <CircleCheck className="mt-px size-5 shrink-0" aria-hidden />
          {setup.is_demo ? t('test.successDemo') : t('test.success')}
        </p>
        <div className="flex flex-wrap gap-2">
          <Button asChild variant="secondary" size="sm">
            <Link to={`/clients/${slug}?tab=keys`}>{t('test.makeKey')}</Link>
          </Button>
          <Button asChild variant="secondary" size="sm">
            <Link to="/usage">{t('test.seeUsage')}</Link>
          </Button>
        </div>
      </div>
    </li>
  )
}
