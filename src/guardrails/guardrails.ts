import type { PiiKind } from './find-pii.ts'

/** What a client's calls are looked at for. */
export interface Guardrails {
  /** Masked in prompts before they go anywhere; empty masks nothing. */
  maskPii: readonly PiiKind[]
  maxInputTokens: number | undefined
  /** Model identifiers; undefined allows every model. */
  allowedModels: readonly string[] | undefined
  blockedTerms: readonly string[]
  /** Undefined: nobody is asked about what its users say. */
  moderation: ModerationRule | undefined
}

/** A model that says whether a text may go on. */
export interface ModerationRule {
  /** Identifier of a model for moderation. */
  model: string
  /** Those that refuse a call; undefined: whatever the model flags. */
  categories: readonly string[] | undefined
  /** What happens to a call when the model does not answer: `closed` refuses it, `open` lets it through unchecked. */
  fails: 'open' | 'closed'
}

/** Of OpenAI's moderation: https://platform.openai.com/docs/guides/moderation#content-classifications */
export const moderationCategories = [
  'harassment',
  'harassment/threatening',
  'hate',
  'hate/threatening',
  'illicit',
  'illicit/violent',
  'self-harm',
  'self-harm/intent',
  'self-harm/instructions',
  'sexual',
  'sexual/minors',
  'violence',
  'violence/graphic',
] as const

export const defaultModerationModel = 'openai/omni-moderation-latest'
