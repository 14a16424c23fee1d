import { type NanoUsd, nanoUsd } from '../shared/money.ts'

/** What is compared of a model's day. Undefined is "not told", which is not 0. */
export interface UsageFigures {
  calls: number | undefined
  /** The whole prompts, cached tokens included. */
  inputTokens: number | undefined
  cachedTokens: number | undefined
  outputTokens: number | undefined
  costUsd: NanoUsd | undefined
}

export type FigureName = keyof UsageFigures

export const figureNames: readonly FigureName[] = ['calls', 'inputTokens', 'cachedTokens', 'outputTokens', 'costUsd']

/** A model's usage as its provider reports it, by the name that the provider has for it. */
export interface ReportedUsage extends UsageFigures {
  provider: string
  model: string
}

export const noFigures: UsageFigures = Object.freeze({
  calls: undefined,
  inputTokens: undefined,
  cachedTokens: undefined,
  outputTokens: undefined,
  costUsd: undefined,
})

/** What neither tells stays untold; what one tells is the sum. */
export function addFigures(a: UsageFigures, b: UsageFigures): UsageFigures {
  const add = (x: number | undefined, y: number | undefined) => (x === undefined ? y : y === undefined ? x : x + y)
  return {
    calls: add(a.calls, b.calls),
    inputTokens: add(a.inputTokens, b.inputTokens),
    cachedTokens: add(a.cachedTokens, b.cachedTokens),
    outputTokens: add(a.outputTokens, b.outputTokens),
    costUsd: a.costUsd === undefined ? b.costUsd : b.costUsd === undefined ? a.costUsd : nanoUsd(a.costUsd + b.costUsd),
  }
}
