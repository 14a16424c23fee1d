import type { KindName } from '../dialects/index.ts'

/** Where OpenAI has its kinds of call, and whoever is compatible with it: https://platform.openai.com/docs/api-reference */
export const kindPaths: Readonly<Record<KindName, string>> = {
  embeddings: '/embeddings',
  transcriptions: '/audio/transcriptions',
  translations: '/audio/translations',
  speech: '/audio/speech',
  images: '/images/generations',
  'image-edits': '/images/edits',
  moderations: '/moderations',
}

/** In the order that lists of them have. */
export const kindNames = Object.keys(kindPaths) as KindName[]
