import type { Texts } from '../languages.ts'
import type { users as source } from '../pt-br/users.ts'

export const users: Texts<typeof source> = {
  title: 'Users',
}
