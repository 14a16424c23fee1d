/** What really happened, so that a fault or an outcome that never comes is seen. */
export interface Figures {
  faults: Record<string, number>
  /** How attempts at the provider went. */
  attempts: Record<string, number>
  /** How calls ended. */
  calls: Record<string, number>
  events: number
}

export function newFigures(): Figures {
  return { faults: {}, attempts: {}, calls: {}, events: 0 }
}

export function count(counts: Record<string, number>, key: string, by = 1): void {
  counts[key] = (counts[key] ?? 0) + by
}

export function addFigures(sum: Figures, more: Figures): void {
  for (const part of ['faults', 'attempts', 'calls'] as const) {
    for (const [key, by] of Object.entries(more[part])) count(sum[part], key, by)
  }
  sum.events += more.events
}

export function showCounts(counts: Record<string, number>): string {
  return Object.entries(counts)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, n]) => `${key} ${n}`)
    .join(', ')
}
