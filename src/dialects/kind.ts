import type { MeasuredUnits } from '../usage/index.ts'

/** OpenAI's endpoints that are no conversation. */
export type KindName = 'embeddings' | 'transcriptions' | 'translations' | 'speech' | 'images' | 'image-edits' | 'moderations'

/** What makes a call another one than a chat. */
export interface Kind {
  name: KindName
  /** The models that can be called so. */
  apiType: 'embeddings' | 'transcription' | 'speech' | 'image' | 'moderation'
  /** At most so many minutes, characters or images. */
  units: MeasuredUnits
  /** `units` are what the provider will bill, read off the request itself, and no bound. */
  isMeasured: boolean
}
