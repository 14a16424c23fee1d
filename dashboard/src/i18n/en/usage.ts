import type { Texts } from '../languages.ts'
import type { usage as source } from '../pt-br/usage.ts'

export const usage: Texts<typeof source> = {
  title: 'Usage',
}
