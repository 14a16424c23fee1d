export { type PiiKind, piiKinds } from './find-pii.ts'
export { guardTexts } from './guard-texts.ts'
export { defaultModerationModel, type Guardrails, type ModerationRule, moderationCategories } from './guardrails.ts'
export { userTexts } from './user-texts.ts'
