import type { Texts } from '../languages.ts'
import type { portalStatement as source } from '../pt-br/portal-statement.ts'

export const portalStatement: Texts<typeof source> = {
  title: 'Statement',
}
