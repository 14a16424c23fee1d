import { generateText } from 'ai'
import type { GatewayContext } from '../gateway/index.ts'
import { type AiAccount, type AiCallArguments, prepareCall, toRequest } from './ai-call.ts'

export interface AiResult extends AiAccount {
  text: string
  /** What the answer holds when a `schema` was given. */
  object: unknown
  toolCalls: { toolCallId: string; toolName: string; input: unknown }[]
  finishReason: string
}

/** Rejects with the GatewayError of a call that was refused or failed. */
export type CallAI = (call: AiCallArguments) => Promise<AiResult>

/** `callAI` over a context: one answer, whole, when the call is settled. */
export function createCallAI(context: GatewayContext): CallAI {
  return async (call) => {
    const { model, account } = await prepareCall(context, call)
    const result = await generateText(toRequest(model, call))
    return {
      ...(await account()),
      text: result.text,
      object: call.schema ? result.output : undefined,
      toolCalls: result.toolCalls.map(({ toolCallId, toolName, input }) => ({ toolCallId, toolName, input })),
      finishReason: result.finishReason,
    }
  }
}
