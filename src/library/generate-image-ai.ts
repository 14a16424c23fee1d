import { kinds } from '../dialects/index.ts'
import type { GatewayContext } from '../gateway/index.ts'
import type { AiAccount } from './ai-call.ts'
import { callKind, jsonRequest, type KindArguments } from './kind-call.ts'

export interface GenerateImageArguments extends KindArguments {
  prompt: string
  /** How many, 1 to 10. Default 1. */
  n?: number
  /** `1024x1024` and the like. */
  size?: string
  quality?: string
}

export interface GenerateImageResult extends AiAccount {
  /** Each as its bytes in base64, or as an address where the model gives one. */
  images: { base64: string | undefined; url: string | undefined }[]
}

export type GenerateImageAI = (call: GenerateImageArguments) => Promise<GenerateImageResult>

export function createGenerateImageAI(context: GatewayContext): GenerateImageAI {
  return async (call) => {
    const { model, prompt, n, size, quality } = call
    const { account, body } = await callKind(context, call, kinds.images, jsonRequest({ model, prompt, n, size, quality }))
    const { data } = JSON.parse(body.toString()) as { data: { b64_json?: string; url?: string }[] }
    return { ...account, images: data.map(({ b64_json: base64, url }) => ({ base64, url })) }
  }
}
