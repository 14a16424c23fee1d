import { boundaryOf, kinds, writeForm } from '../dialects/index.ts'
import type { GatewayContext } from '../gateway/index.ts'
import type { AiAccount } from './ai-call.ts'
import { callKind, type KindArguments } from './kind-call.ts'

export interface TranscribeArguments extends KindArguments {
  audio: Uint8Array
  /** Its ending tells providers the format; without it the bytes do. */
  filename?: string
  /** `pt` */
  language?: string
  /** Words and names to be expected. */
  prompt?: string
}

export interface TranscribeResult extends AiAccount {
  text: string
}

export type TranscribeAI = (call: TranscribeArguments) => Promise<TranscribeResult>

export function createTranscribeAI(context: GatewayContext): TranscribeAI {
  return async (call) => {
    const { model, language, prompt } = call
    const audio = Buffer.from(call.audio)
    const field = (name: string, value: string | undefined) =>
      value === undefined ? [] : [{ name, filename: undefined, mediaType: undefined, value: Buffer.from(value) }]
    const parts = [
      ...field('model', model),
      ...field('language', language),
      ...field('prompt', prompt),
      { name: 'file', filename: call.filename ?? `audio.${endingOf(audio)}`, mediaType: undefined, value: audio },
    ]
    const boundary = boundaryOf(parts)
    const asked = { raw: writeForm(parts, boundary), contentType: `multipart/form-data; boundary=${boundary}` }
    const { account, body } = await callKind(context, call, kinds.transcriptions, asked)
    return { ...account, text: (JSON.parse(body.toString()) as { text: string }).text }
  }
}

/** By the first bytes of each format. */
function endingOf(audio: Buffer): string {
  const begins = audio.toString('latin1', 0, 12)
  if (begins.startsWith('RIFF')) return 'wav'
  if (begins.startsWith('OggS')) return 'ogg'
  if (begins.startsWith('fLaC')) return 'flac'
  if (begins.slice(4, 8) === 'ftyp') return 'm4a'
  return begins.startsWith('\x1aE\xdf\xa3') ? 'webm' : 'mp3'
}
