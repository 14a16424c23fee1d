/** Of figures that were taken several times: what is printed. */
export function spread(values: readonly number[], digits: number): string {
  const sorted = values.toSorted((a, b) => a - b)
  const [min = 0, middle = 0, max = 0] = [sorted[0], median(sorted), sorted.at(-1)]
  return `${min.toFixed(digits)} / ${middle.toFixed(digits)} / ${max.toFixed(digits)}`
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

/** `sorted` is in ascending order; `share` is 0.99 for the p99. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}
