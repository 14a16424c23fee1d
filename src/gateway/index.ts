export { getAccountsSecret } from './accounts-secret.ts'
export { toBookedCost } from './booked-cost.ts'
export type { Answer, Call, CallCaching, CallDemand, CallEnd, CallSink } from './call.ts'
export { CallsUnderWay } from './calls-under-way.ts'
export { collectAnswer } from './collect-answer.ts'
export { countTokens } from './count-tokens.ts'
export type { Check, CheckStatus } from './doctor/check.ts'
export { runChecklist } from './doctor/checklist.ts'
export { type Facts, gatherFacts } from './doctor/gather-facts.ts'
export { runOwnChecks } from './doctor/own-checks.ts'
export { type CallExplanation, explainCall } from './explain-call.ts'
export { type ExplainedRoute, explainRoute } from './explain-route.ts'
export type { GatewayContext } from './gateway-context.ts'
export { guardKind, guardPrompt, guardRequest, textsToModerate } from './guard-call.ts'
export { handleCall } from './handle-call.ts'
export { listAliases } from './list-aliases.ts'
export { listModels } from './list-models.ts'
export { chooseLanguage, type Language, localizeError } from './localize-error.ts'
export { aiSdkAttempt, kindAttempt, wireAttempt } from './make-attempt.ts'
export { openStore, type Store, type StoreOptions } from './open-store.ts'
export {
  getProvider,
  knownProviders,
  listProviders,
  type OwnProvider,
  providerSecretName,
  providerToJson,
  removeProvider,
  storeProvider,
} from './own-providers.ts'
export { probeProvider } from './probe-provider.ts'
export { type DemoProviders, SharedConfig, type SharedGatewayConfig } from './shared-config.ts'
export { findSharedKeys, lacksProviders, type SharedKeySlot, setSharedRoute, sharedKeySlots, storeSharedKeys } from './shared-keys.ts'
export { type AuditQuery, type AuditRow, findAuditPage } from './sql/find-audit-page.ts'
export { readChangeVersion } from './sql/read-change-version.ts'
export { watchChanges } from './watch-changes.ts'
