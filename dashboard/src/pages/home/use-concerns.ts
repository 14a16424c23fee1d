import { useTranslation } from 'react-i18next'
import { type Answer, urlOf } from '../../api/index.ts'
import { type BudgetKind, useBudgetName } from '../../budgets/index.ts'
import { createFormat, useFormat } from '../../format/index.ts'
import { useDeliveryError } from '../../notifications/index.ts'
import { countBoxes } from './count-boxes.ts'

type Attention = Answer<'GET /overview'>['attention'][number]
type Setup = Answer<'GET /setup'>

/** Something to look at: what is the matter, and where it is put right. */
export interface Concern {
  id: string
  tone: 'danger' | 'warning' | 'info'
  text: string
  /** Stands in the text in the place of `clientMark`. */
  client?: { slug: string; name: string }
  to: string
  action: string
}

/** No letter of any language: a name may be a word of the sentence around it. */
export const clientMark = '\ue000'

type Of<Kind extends Attention['kind']> = Extract<Attention, { kind: Kind }>

/** The words for what the gateway found, the gravest first. */
export function useConcerns(): (attention: readonly Attention[], setup: Setup | undefined) => Concern[] {
  const { t } = useTranslation('home')
  const format = useFormat()
  const ofBudget = useBudgetConcerns()
  const ofGateway = useGatewayConcerns()
  const reasons: Readonly<Record<string, string>> = t('attention.errors', { returnObjects: true })
  const configuration = { to: '/configuration', action: t('attention.toConfiguration') }
  const n = (value: number) => format.number(value, 0)

  const concernOf = (one: Attention): Concern => {
    switch (one.kind) {
      case 'unpriced_model':
        return {
          id: `${one.kind} ${one.model}`,
          tone: 'warning',
          text: t('attention.unpriced_model', { model: one.model, count: one.calls, formatted: n(one.calls) }),
          to: urlOf('/models', { search: one.model.split('/').at(-1) }),
          action: t('attention.toModel'),
        }
      case 'orphaned_calls':
        return {
          id: one.kind,
          tone: 'warning',
          text: t('attention.orphaned_calls', { count: one.calls, formatted: n(one.calls) }),
          to: '/usage?tab=calls&status=orphaned',
          action: t('attention.toCalls'),
        }
      case 'dead_letters':
        return {
          id: one.kind,
          tone: 'danger',
          text: t('attention.dead_letters', { count: one.records, formatted: n(one.records) }),
          to: '/alerts?kind=dead_letter',
          action: t('attention.toAlerts'),
        }
      case 'failing_target':
        return {
          id: `${one.kind} ${one.target}`,
          tone: 'danger',
          text: t('attention.failing_target', {
            target: one.target,
            reason: reasons[one.error_code] ?? one.error_code,
          }),
          to: urlOf('/usage', { tab: 'calls', status: 'error', error_code: one.error_code }),
          action: t('attention.toFailures'),
        }
      case 'stale_rate':
      case 'no_rate':
      case 'spool_backlog':
      case 'failing_channel':
        return ofGateway(one)
      default:
        return ofBudget(one)
    }
  }
  const order = { danger: 0, warning: 1, info: 2 }
  return (attention, setup) =>
    [...attention.map(concernOf), ...ofSetup(setup, (key, values) => t(`attention.${key}`, values), configuration)].sort(
      (a, b) => order[a.tone] - order[b.tone],
    )
}

/** What is the installation's own, and put right where it is set up. */
function useGatewayConcerns(): (one: Of<'stale_rate'> | Of<'no_rate'> | Of<'spool_backlog'> | Of<'failing_channel'>) => Concern {
  const { t } = useTranslation(['home', 'notifications'])
  const format = useFormat()
  const errorText = useDeliveryError()
  const configuration = { to: '/configuration', action: t('attention.toConfiguration') }
  const n = (value: number) => format.number(value, 0)
  return (one) => {
    switch (one.kind) {
      case 'stale_rate':
        return {
          id: one.kind,
          tone: 'warning',
          text: t('attention.stale_rate', {
            rate: format.number(one.rate, 4),
            source: one.source.toUpperCase(),
            when: format.date(one.quoted_at),
          }),
          ...configuration,
        }
      case 'failing_channel':
        return {
          id: one.id,
          tone: 'danger',
          text: t('attention.failing_channel', { channel: t(`notifications:kinds.${one.channel}`), error: errorText(one) }),
          to: '/alerts',
          action: t('attention.toAlerts'),
        }
      case 'no_rate':
        return { id: one.kind, tone: 'danger', text: t('attention.no_rate'), ...configuration }
      case 'spool_backlog':
        return {
          id: one.kind,
          tone: 'danger',
          text: t('attention.spool_backlog', { count: one.records, formatted: n(one.records), size: format.bytes(one.bytes) }),
          ...configuration,
        }
    }
  }
}

function useBudgetConcerns(): (one: Of<'paused_client'> | Of<'budget_near_limit'>) => Concern {
  const { t } = useTranslation('home')
  const format = useFormat()
  const nameOf = useBudgetName('inside')
  const action = t('attention.toClient')
  return (one) => {
    if (one.kind === 'paused_client') {
      const { client: slug, client_name: name } = one
      const budgets = new Intl.ListFormat(format.language).format(one.budgets.map((kind) => nameOf(kind as BudgetKind)))
      return {
        id: `${one.kind} ${slug}`,
        tone: 'warning',
        text: t('attention.paused_client', { client: clientMark, budgets }),
        client: { slug, name },
        to: `/clients/${slug}`,
        action,
      }
    }
    const { id, client: slug, type, used, limit, usage_percentage: percentage, resets_at, time_zone, hard } = one.budget
    const values = {
      client: clientMark,
      budget: nameOf(one.budget),
      share: format.wholePercent(percentage / 100),
      used: format.amount(used, type),
      limit: format.amount(limit, type),
      when: createFormat(format.language, time_zone).dateTime(resets_at),
    }
    const isOver = percentage >= 100
    const text = isOver ? t(hard ? 'attention.budget_blocked' : 'attention.budget_over', values) : t('attention.budget_near_limit', values)
    return {
      id: `${one.kind} ${id}`,
      tone: isOver && hard ? 'danger' : 'warning',
      text,
      client: { slug, name: one.client_name },
      to: `/clients/${slug}`,
      action,
    }
  }
}

type SetupWord = 'demo' | 'setup'

function ofSetup(
  setup: Setup | undefined,
  say: (key: SetupWord, values: { done: number; all: number }) => string,
  configuration: Pick<Concern, 'to' | 'action'>,
): Concern[] {
  if (!setup) return []
  const { isAmiss, ...values } = countBoxes(setup.checks)
  if (setup.is_demo) return [{ id: 'demo', tone: 'info', text: say('demo', values), ...configuration }]
  return isAmiss ? [{ id: 'setup', tone: 'warning', text: say('setup', values), ...configuration }] : []
}
