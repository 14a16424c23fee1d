import type { Texts } from '../languages.ts'
import type { models as source } from '../pt-br/models.ts'

export const models: Texts<typeof source> = {
  title: 'Models',
}
