import type { Texts } from '../languages.ts'
import type { portalKeys as source } from '../pt-br/portal-keys.ts'

export const portalKeys: Texts<typeof source> = {
  title: 'Keys',
}
