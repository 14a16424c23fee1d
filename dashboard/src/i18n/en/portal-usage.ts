import type { Texts } from '../languages.ts'
import type { portalUsage as source } from '../pt-br/portal-usage.ts'

export const portalUsage: Texts<typeof source> = {
  title: 'Usage',
}
