export {
  type BookedUsage,
  compareUsage,
  type DriftLine,
  type DriftVerdict,
  type FigureDrift,
  isDrift,
} from './compare-usage.ts'
export type { MeasuredUnits } from './measured-units.ts'
export { ensurePartitions } from './sql/ensure-partitions.ts'
export { findLatestCall, type LatestCall } from './sql/find-latest-call.ts'
export { findUsage, type UsageRow } from './sql/find-usage.ts'
export { totalUsage, type UsageTotals } from './sql/total-usage.ts'
export type { UsageFilter, UsageSince } from './sql/usage-filter.ts'
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
