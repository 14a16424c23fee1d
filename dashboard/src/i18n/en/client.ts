import type { Texts } from '../languages.ts'
import type { client as source } from '../pt-br/client.ts'

export const client: Texts<typeof source> = {
  title: 'Client',
}
