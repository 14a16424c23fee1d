import { chatFields } from './chat-fields.ts'
import type { Endpoint } from './field.ts'
import {
  embeddingsFields,
  imageEditFields,
  imageFields,
  moderationFields,
  speechFields,
  transcriptionFields,
  translationFields,
} from './kind-fields.ts'
import { countTokensFields, messagesFields } from './messages-fields.ts'
import { responsesFields } from './responses-fields.ts'

/** In the order of docs/api.md. */
export const endpoints: readonly Endpoint[] = [
  chatFields,
  responsesFields,
  messagesFields,
  countTokensFields,
  embeddingsFields,
  transcriptionFields,
  translationFields,
  speechFields,
  imageFields,
  imageEditFields,
  moderationFields,
]
