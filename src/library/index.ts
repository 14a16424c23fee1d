export type { AiAccount, AiCallArguments, AiCost, AiUsage, ClientConfig } from './ai-call.ts'
export { type AiResult, type CallAI, createCallAI } from './call-ai.ts'
export { type AiStream, createStreamAI, type StreamAI } from './stream-ai.ts'
