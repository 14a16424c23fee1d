import type { KindName } from '../kind.ts'
import { embeddings } from './embeddings.ts'
import { imageEdits } from './image-edits.ts'
import { images } from './images.ts'
import type { KindDialect } from './kind-dialect.ts'
import { moderations } from './moderations.ts'
import { speech } from './speech.ts'
import { transcriptions, translations } from './transcriptions.ts'

export { boundaryOf, writeForm } from './form.ts'
export { renderImages, toImageCallOptions } from './images-by-chat.ts'
export type { KindDialect, KindRequest } from './kind-dialect.ts'

export const kinds: Readonly<Record<KindName, KindDialect>> = {
  embeddings,
  transcriptions,
  translations,
  speech,
  images,
  'image-edits': imageEdits,
  moderations,
}
