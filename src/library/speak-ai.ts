import { kinds } from '../dialects/index.ts'
import type { GatewayContext } from '../gateway/index.ts'
import type { AiAccount } from './ai-call.ts'
import { callKind, jsonRequest, type KindArguments } from './kind-call.ts'

export interface SpeakArguments extends KindArguments {
  text: string
  /** Default `alloy`. */
  voice?: string
  /** How it shall be said, for models that can be told. */
  instructions?: string
  /** Default `mp3`. */
  format?: 'mp3' | 'opus' | 'aac' | 'flac' | 'wav' | 'pcm'
  speed?: number
}

export interface SpeakResult extends AiAccount {
  audio: Uint8Array
  mediaType: string
}

export type SpeakAI = (call: SpeakArguments) => Promise<SpeakResult>

export function createSpeakAI(context: GatewayContext): SpeakAI {
  return async (call) => {
    const { model, text, voice = 'alloy', instructions, format = 'mp3', speed } = call
    const asked = jsonRequest({ model, input: text, voice, instructions, response_format: format, speed })
    const { account, body, contentType } = await callKind(context, call, kinds.speech, asked)
    return { ...account, audio: new Uint8Array(body), mediaType: contentType ?? 'audio/mpeg' }
  }
}
