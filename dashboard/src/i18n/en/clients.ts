import type { Texts } from '../languages.ts'
import type { clients as source } from '../pt-br/clients.ts'

export const clients: Texts<typeof source> = {
  title: 'Clients',
}
