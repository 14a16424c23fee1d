export { anthropicCountTokens, anthropicMessages, renderTokenEstimate, smallestThinkingBudget } from './anthropic-messages/index.ts'
export type {
  AnswerRenderer,
  AnswerReport,
  AnswerTap,
  CallerHeaders,
  Dialect,
  DialectName,
  ParsedRequest,
  UpstreamEdit,
} from './dialect.ts'
export type { Kind, KindName } from './kind.ts'
export { boundaryOf, type KindDialect, type KindRequest, kinds, renderImages, toImageCallOptions, writeForm } from './kinds/index.ts'
export { lostSetting } from './lost-setting.ts'
export { writesOneHourCache } from './one-hour-cache.ts'
export { openaiChat } from './openai-chat/index.ts'
export { openaiResponses } from './openai-responses/index.ts'
export { promptHasAudio, promptTokensBound } from './prompt-bound.ts'
export { toTokenUsage } from './to-token-usage.ts'
export { retryAfterMsFrom, upstreamError } from './upstream-error.ts'
