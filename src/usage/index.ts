export { checkRollups, type RollupCheck, type RollupDifference, type RollupScope } from './check-rollups.ts'
export {
  type BookedUsage,
  compareUsage,
  type DriftLine,
  type DriftVerdict,
  type FigureDrift,
  isDrift,
} from './compare-usage.ts'
export { findLatency, findLatencySeries, type Latency } from './find-latency.ts'
export { keepPartitions, type PartitionPolicy } from './keep-partitions.ts'
export type { MeasuredUnits } from './measured-units.ts'
export { countFailures, type FailureCount } from './sql/count-failures.ts'
export { dropArchivedMonth } from './sql/drop-archived-month.ts'
export { type FirstToken, findFirstToken } from './sql/find-first-token.ts'
export { findLatestCall, type LatestCall } from './sql/find-latest-call.ts'
export { findLiveClients, type LiveClient } from './sql/find-live-clients.ts'
export { findLiveTargets, type LiveTarget } from './sql/find-live-targets.ts'
export { findMonth } from './sql/find-month.ts'
export { findOverviewSpans, type OverviewSpans } from './sql/find-overview-spans.ts'
export { findSince, type UsageSince } from './sql/find-since.ts'
export { findUsage, type UsageRow } from './sql/find-usage.ts'
export { findUsageMark } from './sql/find-usage-mark.ts'
export { findWindow } from './sql/find-window.ts'
export type { SeriesUnit, UsageSeries } from './sql/from-series.ts'
export { type ArchivedMonth, listArchive } from './sql/list-archive.ts'
export { type CallSort, type CallsWish, type ListedCall, listCalls } from './sql/list-calls.ts'
export { type StatementFacts, sumStatement } from './sql/sum-statement.ts'
export { summarizeDays, type UsageDay } from './sql/summarize-days.ts'
export { type SeriesKey, summarizeSeries, type UsagePoint } from './sql/summarize-series.ts'
export { summarizeUsage, type UsageGroup, type UsageGrouping, type UsageSums } from './sql/summarize-usage.ts'
export { totalUsage, type UsageTotals } from './sql/total-usage.ts'
export type { UsageScope, UsageWindow } from './sql/usage-window.ts'
export {
  checkUsage,
  noUsage,
  type RawUsage,
  sumUsage,
  type TokenBound,
  type TokenUsage,
  tokenUsage,
  type UsageCheck,
  type UsageRefusal,
} from './token-usage.ts'
export { type FigureName, figureNames, noFigures, type ReportedUsage, type UsageFigures } from './usage-figures.ts'
