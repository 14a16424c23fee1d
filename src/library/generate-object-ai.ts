import type { z } from 'zod'
import type { GatewayContext } from '../gateway/index.ts'
import type { AiCallArguments, AiResult } from './ai-call.ts'
import { createCallAI } from './call-ai.ts'

export type GenerateObjectAI = <T>(call: Omit<AiCallArguments, 'schema'> & { schema: z.ZodType<T> }) => Promise<AiResult & { object: T }>

/** `callAI` with a `schema`, and the object by its type. */
export function createGenerateObjectAI(context: GatewayContext): GenerateObjectAI {
  const callAI = createCallAI(context)
  return async <T>(call: Omit<AiCallArguments, 'schema'> & { schema: z.ZodType<T> }) => {
    const result = await callAI(call)
    // The AI SDK has checked it against the schema; where it does not fit, the call has been rejected.
    return { ...result, object: result.object as T }
  }
}
