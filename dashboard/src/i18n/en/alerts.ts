import type { Texts } from '../languages.ts'
import type { alerts as source } from '../pt-br/alerts.ts'

export const alerts: Texts<typeof source> = {
  title: 'Alerts',
}
