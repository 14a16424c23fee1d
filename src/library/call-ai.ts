import { generateText } from 'ai'
import type { GatewayContext } from '../gateway/index.ts'
import { type AiCallArguments, type AiResult, type PreparedCall, prepareCall, toRequest } from './ai-call.ts'
import { callOnce } from './call-once.ts'

/** Rejects with the GatewayError of a call that was refused or failed. */
export type CallAI = (call: AiCallArguments) => Promise<AiResult>

/** `callAI` over a context: one answer, whole, when the call is settled. */
export function createCallAI(context: GatewayContext): CallAI {
  return async (call) => {
    const run = (prepared: PreparedCall) => runCall(call, prepared)
    if (call.idempotencyKey !== undefined) return await callOnce(context, call, call.idempotencyKey, run)
    return await run(await prepareCall(context, call))
  }
}

async function runCall(call: AiCallArguments, { model, account }: PreparedCall): Promise<AiResult> {
  const result = await generateText(toRequest(model, call))
  return {
    ...(await account()),
    text: result.text,
    object: call.schema ? result.output : undefined,
    toolCalls: result.toolCalls.map(({ toolCallId, toolName, input }) => ({ toolCallId, toolName, input })),
    responseMessages: result.toolCalls.length > 0 ? result.responseMessages : [],
    finishReason: result.finishReason,
  }
}
