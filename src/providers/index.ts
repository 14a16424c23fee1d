export { defaultBaseUrls } from './base-urls.ts'
export { describeProvider } from './describe-provider.ts'
export { emptyReport } from './empty-report.ts'
export { formProblem, keyProblem } from './key-problem.ts'
export { kindNames } from './kind-paths.ts'
export { paidBySystemCredentials } from './paid-by-system.ts'
export type {
  AiSdkAttempt,
  AiSdkOut,
  AttemptOptions,
  AttemptOutcome,
  AttemptSink,
  BaseUrls,
  CreatorName,
  Credentials,
  LanguageModelCall,
  PassthroughAttempt,
  PassthroughDialect,
  ProbeResult,
  ProviderDescription,
  ProviderEdit,
  ProviderName,
  Target,
  Timeouts,
  Upstream,
  UpstreamRequest,
  Via,
} from './provider.ts'
export type { ProviderEntry } from './provider-entry.ts'
export { type ProviderPreset, providerPresets } from './provider-presets.ts'
export { creatorNames, isCreatorName, providerOf, providers } from './providers.ts'
export { createUpstream, type UpstreamOptions } from './upstream.ts'
export type { AdminKeyVariable, ReportDays, UsageReportResult } from './usage-report.ts'
