export { checkRollups, type RollupCheck, type RollupDifference, type RollupScope } from './check-rollups.ts'
export {
  type BookedUsage,
  compareUsage,
  type DriftLine,
  type DriftVerdict,
  type FigureDrift,
  isDrift,
} from './compare-usage.ts'
export { findLatency, type Latency } from './find-latency.ts'
export { keepPartitions, type PartitionPolicy } from './keep-partitions.ts'
export type { MeasuredUnits } from './measured-units.ts'
export { dropArchivedMonth } from './sql/drop-archived-month.ts'
export { findLatestCall, type LatestCall } from './sql/find-latest-call.ts'
export { findSince } from './sql/find-since.ts'
export { findUsage, type UsageRow } from './sql/find-usage.ts'
export { findUsageMark } from './sql/find-usage-mark.ts'
export { type ArchivedMonth, listArchive } from './sql/list-archive.ts'
export { summarizeDays, type UsageDay } from './sql/summarize-days.ts'
export { summarizeUsage, type UsageGroup, type UsageGrouping, type UsageSums } from './sql/summarize-usage.ts'
export { totalUsage, type UsageTotals } from './sql/total-usage.ts'
export type { UsageFilter, UsageSince } from './sql/usage-filter.ts'
export type { UsageWindow } from './sql/usage-window.ts'
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
export { addFigures, type FigureName, figureNames, noFigures, type ReportedUsage, type UsageFigures } from './usage-figures.ts'
