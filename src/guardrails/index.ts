export { type PiiKind, piiKinds } from './find-pii.ts'
export { guardTexts } from './guard-texts.ts'
export type { Guardrails } from './guardrails.ts'
