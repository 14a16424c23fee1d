import type { Texts } from '../languages.ts'
import type { whatsapp as source } from '../pt-br/whatsapp.ts'

export const whatsapp: Texts<typeof source> = {
  title: 'WhatsApp',
}
