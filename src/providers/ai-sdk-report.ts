import type { LanguageModelV4GenerateResult, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { type AnswerReport, toTokenUsage } from '../dialects/index.ts'

/** Reads off the AI SDK's parts what a tap reads off bytes. */
export function reportPart(report: AnswerReport, part: LanguageModelV4StreamPart): void {
  switch (part.type) {
    case 'text-delta':
    case 'reasoning-delta':
    case 'tool-input-delta':
      count(report, part.delta)
      return
    case 'response-metadata':
      report.model = part.modelId ?? report.model
      return
    case 'finish':
      report.usage = toTokenUsage(part.usage)
      report.finishReason = part.finishReason.unified
      report.gatewayMetadata = part.providerMetadata?.gateway ?? report.gatewayMetadata
      return
  }
}

export function reportResult(report: AnswerReport, result: LanguageModelV4GenerateResult): void {
  for (const content of result.content) {
    if (content.type === 'text' || content.type === 'reasoning') count(report, content.text)
    else if (content.type === 'tool-call') count(report, content.input)
  }
  report.model = result.response?.modelId
  report.usage = toTokenUsage(result.usage)
  report.finishReason = result.finishReason.unified
  report.gatewayMetadata = result.providerMetadata?.gateway
}

/** The first real content: from here on no other target is tried. */
export function isContent(part: LanguageModelV4StreamPart): boolean {
  switch (part.type) {
    case 'text-delta':
    case 'reasoning-delta':
    case 'tool-input-delta':
      return part.delta !== ''
    case 'tool-input-start':
    case 'tool-call':
    case 'file':
      return true
    default:
      return false
  }
}

function count(report: AnswerReport, text: string): void {
  if (text === '') return
  report.outputBytes += Buffer.byteLength(text)
  report.outputPieces++
}
