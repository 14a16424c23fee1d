import type { PiiKind } from './find-pii.ts'

/** What a client's calls are looked at for. */
export interface Guardrails {
  /** Masked in prompts before they go anywhere; empty masks nothing. */
  maskPii: readonly PiiKind[]
  maxInputTokens: number | undefined
  /** Model identifiers; undefined allows every model. */
  allowedModels: readonly string[] | undefined
  blockedTerms: readonly string[]
}
