import type { Kind, KindName } from '../dialects/index.ts'
import type { ApiType, Model } from '../pricing/index.ts'
import { providerOf, type Target } from '../providers/index.ts'

/** Is a call of this kind billed by the minute, the character or the image, so that its tokens cost nothing? */
export function isBilledByUnits({ prices }: Pick<Model, 'prices'>, apiType: Kind['apiType']): boolean {
  switch (apiType) {
    case 'transcription':
      return prices.audioMinute !== undefined
    case 'speech':
      return prices.character !== undefined
    case 'image':
      return prices.image !== undefined
    default:
      return apiType === 'moderation'
  }
}

/** Does who is asked for the target take this kind's bytes as they are? */
export function takes(target: Target, kind: KindName): boolean {
  return providerOf(target).kinds?.[kind] !== undefined
}

/** Does who is asked for the target serve this kind of call? */
export function isServed(target: Target, kind: KindName | undefined): boolean {
  return kind === undefined || takes(target, kind) || (kind === 'images' && providerOf(target).drawsInChat?.(target.creator) === true)
}

/** The kind by which models of a type are called first of all; undefined for a chat. */
export const kindOfType: Readonly<Record<ApiType, KindName | undefined>> = {
  chat: undefined,
  embeddings: 'embeddings',
  transcription: 'transcriptions',
  speech: 'speech',
  image: 'images',
  moderation: 'moderations',
}
