import type { Texts } from '../languages.ts'
import type { home as source } from '../pt-br/home.ts'

export const home: Texts<typeof source> = {
  title: 'Home',
}
