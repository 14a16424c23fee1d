import type { AnswerReport } from './dialect.ts'

export function emptyReport(): AnswerReport {
  return { usage: undefined, finishReason: undefined, model: undefined, outputBytes: 0, outputPieces: 0, gatewayMetadata: undefined }
}
