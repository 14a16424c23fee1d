import type { Item } from '../../api/index.ts'
import type { audit } from '../../i18n/pt-br/audit.ts'

export type Entry = Item<'GET /audit'>

/** The tables whose changes are written down. */
export const tables = [
  'clients',
  'budgets',
  'client_api_keys',
  'client_guardrails',
  'client_semantic_cache',
  'model_routes',
  'ai_models_registry',
  'providers',
  'shared_gateway_config',
  'whatsapp_channels',
  'whatsapp_tools',
  'notification_channels',
  'auth_users',
] as const satisfies (keyof (typeof audit)['tables'])[]

export interface Field {
  name: string
  before: unknown
  after: unknown
}

/** What says nothing to people: keys of other rows, and the same figures once more in nano-units. */
const technical = new Set([
  'id',
  'client_id',
  'channel_id',
  'created_at',
  'updated_at',
  'origin_id',
  'successor',
  'plan_budget_id',
  'limit_amount',
  'raised_amount',
  'only_row',
  'price_id',
  'image',
  'cache_epoch',
  // Never written down, and of what is gone a moment later.
  'hash',
  'is_simulated',
])

const isNothing = (value: unknown) => value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)

/** The fields that a change touched; of a row that was made or removed, those that had something in them. */
export function fieldsOf({ before, after }: Pick<Entry, 'before' | 'after'>): Field[] {
  const isWhole = before === null || after === null
  return Object.keys({ ...before, ...after })
    .filter((name) => !technical.has(name))
    .map((name) => ({ name, before: before?.[name], after: after?.[name] }))
    .filter((field) => !isWhole || !isNothing(field.before ?? field.after))
}
