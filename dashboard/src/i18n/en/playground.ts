import type { Texts } from '../languages.ts'
import type { playground as source } from '../pt-br/playground.ts'

export const playground: Texts<typeof source> = {
  title: 'Playground',
}
