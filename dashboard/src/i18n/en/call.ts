import type { Texts } from '../languages.ts'
import type { call as source } from '../pt-br/call.ts'

export const call: Texts<typeof source> = {
  title: 'Call',
}
