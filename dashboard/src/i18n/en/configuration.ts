import type { Texts } from '../languages.ts'
import type { configuration as source } from '../pt-br/configuration.ts'

export const configuration: Texts<typeof source> = {
  title: 'Configuration',
}
