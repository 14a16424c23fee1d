import { useTranslation } from 'react-i18next'
import { type BudgetKind, useBudgetName } from '../../budgets/index.ts'
import { useFormat } from '../../format/index.ts'
import type { Entry } from './entry.ts'

export interface EntryWords {
  /** "Alterou", "Entrou no painel". */
  action(entry: Entry): string
  /** What it was done to: "Modelo openai/gpt-4o-mini", "Orçamento diário em reais". */
  subject(entry: Entry): string
  actor(entry: Entry): { name: string; way: string }
  field(name: string): string
  value(entry: Entry, field: string, value: unknown): string
}

const changes = new Set(['insert', 'update', 'delete'])
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d/
/** In the unit of the budget that they are of. */
const budgetAmounts = new Set(['budget_limit', 'raised_limit'])
/** The registry's prices are in dollars. */
const price = /price_per_/

/** The audit log in words. What has none, a column of a later version, stands as the database calls it. */
export function useEntryWords(): EntryWords {
  const { t } = useTranslation('audit')
  const format = useFormat()
  const budgetName = useBudgetName()

  // As dictionaries, because a value is anybody's text, and a key would be read for what it holds.
  const known = (of: 'actions' | 'tables' | 'fields' | 'values', name: string): string => {
    const words: Readonly<Record<string, string>> = t(of, { returnObjects: true })
    return (Object.hasOwn(words, name) && words[name]) || name
  }
  const value = (entry: Entry, field: string, given: unknown): string => {
    if (given === null || given === undefined || given === '') return t('nothing')
    if (field.endsWith('secret_id')) return t('stored')
    if (typeof given === 'boolean') return given ? t('yes') : t('no')
    if (typeof given === 'string' && time.test(given)) return format.dateTime(given)
    if (budgetAmounts.has(field) && entry.budget) return format.amount(String(given), entry.budget.type as BudgetKind['type'])
    if (price.test(field)) return format.usd(String(given))
    if (typeof given === 'number') return format.number(given, 12)
    if (Array.isArray(given))
      return (
        listOf(
          given.map((item) => value(entry, field, item)),
          format.language,
        ) || t('nothing')
      )
    if (typeof given === 'object') return partsOf(given) || t('nothing')
    return known('values', String(given))
    /** `Modelo: openai/gpt-4o, Peso: 2`. Where it is more than a list of figures and words, it stays JSON. */
    function partsOf(object: object): string {
      const parts = Object.entries(object)
      if (parts.some(([, part]) => typeof part === 'object')) return JSON.stringify(object)
      return listOf(
        parts.map(([name, part]) => (name === 'model' ? String(part) : `${known('fields', name)}: ${value(entry, name, part)}`)),
        format.language,
      )
    }
  }

  return {
    action: ({ action }) => known('actions', action),
    subject: ({ action, table_name: table, budget, row_name: name }) => {
      if (budget) return budgetName(budget as BudgetKind)
      // An event says itself what it is about.
      return [changes.has(action) && known('tables', table), name].filter(Boolean).join(' ')
    },
    actor: ({ actor }) => {
      if (actor === 'admin token') return { name: t('actors.token'), way: t('ways.api') }
      return actor.includes('@') ? { name: actor, way: t('ways.dashboard') } : { name: actor, way: t('ways.database') }
    },
    field: (name) => known('fields', name),
    value,
  }
}

function listOf(texts: readonly string[], language: string): string {
  return new Intl.ListFormat(language, { type: 'unit' }).format(texts)
}
