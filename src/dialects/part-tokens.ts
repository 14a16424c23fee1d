import { isRecord } from '../shared/is-record.ts'
import { audioTokens, imageTokens } from './media-tokens.ts'
import { refuse } from './refuse.ts'

/** What a picture can cost; refuses what is no address of one. */
export function imageUrlTokens(url: unknown, detail: unknown, param: string): number {
  if (typeof url !== 'string' || !/^(?:data:|https?:\/\/)/i.test(url)) throw refuse(param, 'must be a data: URL or an http(s) URL')
  return imageTokens(detail)
}

/** What a recording can cost, as both of OpenAI's dialects carry it. */
export function audioPartTokens(audio: unknown, param: string): number {
  if (!isRecord(audio) || typeof audio.data !== 'string') throw refuse(`${param}.data`, 'must be base64 audio')
  return audioTokens(audio.data, audio.format)
}
