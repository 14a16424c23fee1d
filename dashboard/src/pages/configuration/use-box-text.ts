import { useTranslation } from 'react-i18next'
import { useBudgetName } from '../../budgets/index.ts'
import { useFormat } from '../../format/index.ts'
import { type BoxNumber, boxState, type Setup, type Slot, slotOf } from './steps.ts'

/** What was found, in the page's language: the API's own words are for developers. */
export function useBoxText(): (setup: Setup, box: BoxNumber) => string {
  const { t } = useTranslation('configuration')
  const words = useFoundWords()
  return (setup, box) => {
    const slot = slotOf(box)
    if (slot !== undefined) return words.key(setup, slot)
    const isDone = boxState(setup, box) === 'done'
    switch (box) {
      case 1:
        if (!isDone) return t('found.account.todo')
        return setup.keys.find((key) => key.slot === 'gateway')?.is_stored ? t('found.account.done') : t('found.account.direct')
      case 7:
        return setup.is_enabled ? t('found.flag.done') : t('found.flag.todo')
      case 8:
        return setup.gateway_url === null ? t('found.server.todo') : t('found.server.done', { url: setup.gateway_url })
      case 9:
        return t('found.vault', { stored: setup.keys.filter((key) => key.is_stored).length, total: setup.keys.length })
      case 10:
        return words.ids(setup, isDone)
      case 11:
        return words.config(setup)
      case 14:
        return words.budgets(setup)
      case 15:
        return words.test(setup)
      case 16:
        return words.row(setup)
      case 17:
        return words.movement(setup, isDone)
      default:
        return words.client(setup, box)
    }
  }
}

function useFoundWords() {
  const { t } = useTranslation('configuration')
  const format = useFormat()
  const nameOf = useBudgetName()
  return {
    key({ keys, route }: Setup, slot: Slot): string {
      const key = keys.find((each) => each.slot === slot)
      if (key?.problem) return t('found.key.problem', { problem: key.problem })
      if (key?.is_stored) return t('found.key.done')
      if (slot === 'gateway' && route === 'direct') return t('found.key.direct')
      return key?.is_optional ? t('found.key.optional') : t('found.key.todo')
    },
    ids: ({ keys }: Setup, isDone: boolean) => {
      if (isDone) return t('found.ids.done')
      return keys.some((key) => key.is_stored) ? t('found.ids.broken') : t('found.ids.todo')
    },
    config: ({ route, keys }: Setup) => {
      if (route === null) return t('found.config.missing')
      if (!keys.some((key) => key.is_stored)) return t('found.config.todo')
      return t('found.config.done', { route: t(`routes.${route as 'auto' | 'vercel' | 'direct'}`) })
    },
    client: ({ test_client: client }: Setup, box: BoxNumber) => {
      if (client === null) return t('found.client.none')
      if (box === 12) return t('found.client.chosen', { name: client.name, slug: client.slug })
      if (client.status === 'suspended') return t('found.client.suspended', { name: client.name })
      return client.use_ai_gateway ? t('found.client.enabled', { name: client.name }) : t('found.client.disabled', { name: client.name })
    },
    budgets: ({ budgets, test_client: client }: Setup) => {
      if (client === null) return t('found.client.none')
      if (budgets.length === 0) return t('found.budgets.none', { name: client.name })
      return budgets.map((budget) => `${nameOf(budget)}: ${format.amount(budget.limit, budget.type)}`).join(' · ')
    },
    test: ({ latest_test: test }: Setup) => {
      if (test === null) return t('found.test.todo')
      const when = format.relative(test.created_at)
      if (test.status === 'ok') return t('found.test.done', { model: test.model_name, when })
      return t('found.test.failed', { code: test.error_code ?? test.status, when })
    },
    row: ({ latest_call: call, checks }: Setup) => {
      if (checks.find(({ number }) => number === 16)?.status === 'fail') return t('found.row.failed')
      if (call === null) return t('found.row.todo')
      return t('found.row.done', { when: format.relative(call.created_at), tokens: format.tokens(call.total_tokens) })
    },
    movement: ({ budgets }: Setup, isDone: boolean) => {
      if (budgets.length === 0) return t('found.movement.none')
      if (!isDone) return t('found.movement.todo')
      const moved = budgets.filter(({ used }) => Number(used) > 0)
      return moved.map((budget) => `${nameOf(budget)}: ${format.amount(budget.used, budget.type)}`).join(' · ')
    },
  }
}
