import { kinds } from '../dialects/index.ts'
import type { GatewayContext } from '../gateway/index.ts'
import type { AiAccount } from './ai-call.ts'
import { callKind, jsonRequest, type KindArguments } from './kind-call.ts'

export interface EmbedArguments extends Omit<KindArguments, 'fallbackModels'> {
  values: string[]
  /** Numbers in each vector, for models that can be told. */
  dimensions?: number
}

export interface EmbedResult extends AiAccount {
  /** In the order of `values`. */
  embeddings: number[][]
}

export type EmbedAI = (call: EmbedArguments) => Promise<EmbedResult>

export function createEmbedAI(context: GatewayContext): EmbedAI {
  return async (call) => {
    const { model, values, dimensions } = call
    const asked = jsonRequest({ model, input: values, dimensions, encoding_format: 'float' })
    const { account, body } = await callKind(context, call, kinds.embeddings, asked)
    const { data } = JSON.parse(body.toString()) as { data: { index: number; embedding: number[] }[] }
    return { ...account, embeddings: data.sort((a, b) => a.index - b.index).map(({ embedding }) => embedding) }
  }
}
