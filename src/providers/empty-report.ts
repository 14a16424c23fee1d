import type { AnswerReport } from '../dialects/index.ts'

/** What is known of an answer that never came. */
export function emptyReport(): AnswerReport {
  return { usage: undefined, finishReason: undefined, model: undefined, outputBytes: 0, outputPieces: 0, gatewayMetadata: undefined }
}
