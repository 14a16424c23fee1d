import type { Texts } from '../languages.ts'
import type { audit as source } from '../pt-br/audit.ts'

export const audit: Texts<typeof source> = {
  title: 'Audit',
}
