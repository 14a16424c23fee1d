export type { AiAccount, AiCallArguments, AiCost, AiResult, AiUsage, ClientConfig } from './ai-call.ts'
export { type CallAI, createCallAI } from './call-ai.ts'
export { type AiStream, createStreamAI, type StreamAI } from './stream-ai.ts'
