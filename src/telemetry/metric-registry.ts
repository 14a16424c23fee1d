/** By OpenTelemetry's names, with dots: `gen_ai.provider.name`. */
export type Labels = Readonly<Record<string, string>>

export interface MetricDescription {
  /** As OpenTelemetry writes it: `catraca.calls`. */
  name: string
  help: string
  /** UCUM: `s`, `By`, `{call}`; left out for a plain number. */
  unit?: string
}

export interface HistogramValue {
  /** Of each bucket by itself; one more than there are bounds. */
  counts: readonly number[]
  sum: number
  count: number
}

/** One metric with all its series, as it is at a moment. */
export type Metric = MetricDescription &
  (
    | { kind: 'counter' | 'gauge'; points: readonly { labels: Labels; value: number }[] }
    | { kind: 'histogram'; bounds: readonly number[]; points: readonly { labels: Labels; value: HistogramValue }[] }
  )

/** Series of a metric at most. What comes after that is counted together, under OpenTelemetry's own label for it. */
const mostSeries = 1_000
const overflow: Labels = { 'otel.metric.overflow': 'true' }

/** The series of one metric by their labels, bounded. */
abstract class Family<T> {
  readonly description: MetricDescription
  protected readonly series = new Map<string, { labels: Labels; value: T }>()

  constructor(description: MetricDescription) {
    this.description = description
  }

  /** Whoever counts often keeps what it gets. */
  with(labels: Labels): T {
    const key = Object.values(labels).join('\n')
    const known = this.series.get(key)
    if (known) return known.value
    if (this.series.size >= mostSeries && labels !== overflow) return this.with(overflow)
    const value = this.create()
    this.series.set(key, { labels, value })
    return value
  }

  protected abstract create(): T
  abstract snapshot(): Metric
}

export class CounterSeries {
  value = 0

  add(more = 1): void {
    this.value += more
  }
}

/** Only ever grows. Every call of `with` names the same labels in the same order. */
export class Counter extends Family<CounterSeries> {
  protected override create(): CounterSeries {
    return new CounterSeries()
  }

  override snapshot(): Metric {
    return { ...this.description, kind: 'counter', points: [...this.series.values()].map(({ labels, value }) => ({ labels, ...value })) }
  }
}

export class HistogramSeries {
  readonly counts: number[]
  sum = 0
  count = 0
  readonly #bounds: readonly number[]

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.counts = new Array<number>(bounds.length + 1).fill(0)
  }

  observe(value: number): void {
    const bounds = this.#bounds
    let bucket = 0
    while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket += 1
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1
    this.sum += value
    this.count += 1
  }
}

export class Histogram extends Family<HistogramSeries> {
  readonly #bounds: readonly number[]

  constructor(description: MetricDescription, bounds: readonly number[]) {
    super(description)
    this.#bounds = bounds
  }

  protected override create(): HistogramSeries {
    return new HistogramSeries(this.#bounds)
  }

  override snapshot(): Metric {
    const points = [...this.series.values()].map(({ labels, value: { counts, sum, count } }) => ({
      labels,
      value: { counts: [...counts], sum, count },
    }))
    return { ...this.description, kind: 'histogram', bounds: this.#bounds, points }
  }
}

/** Looked at when somebody asks for metrics, and at no other time. One that throws is left out. */
export type MetricSource = () => readonly Metric[] | Promise<readonly Metric[]>

/**
 * All metrics of a process. Counting is adding to a number; whoever reads (`/metrics`, the OpenTelemetry exporter) takes a snapshot.
 *
 * @example
 * const calls = registry.counter({ name: 'catraca.calls', help: 'Calls, by how they ended.', unit: '{call}' })
 * calls.with({ status: 'ok' }).add()
 */
export class MetricRegistry {
  readonly #families: Family<unknown>[] = []
  readonly #sources: MetricSource[] = []

  counter(description: MetricDescription): Counter {
    return this.#add(new Counter(description))
  }

  histogram(description: MetricDescription, bounds: readonly number[]): Histogram {
    return this.#add(new Histogram(description, bounds))
  }

  observe(source: MetricSource): void {
    this.#sources.push(source)
  }

  /** Never rejects. Metrics without a series are left out. */
  async snapshot(): Promise<Metric[]> {
    const observed = await Promise.allSettled(this.#sources.map(async (source) => await source()))
    const metrics = [
      ...this.#families.map((family) => family.snapshot()),
      ...observed.flatMap((one) => (one.status === 'fulfilled' ? one.value : [])),
    ]
    return metrics.filter(({ points }) => points.length > 0)
  }

  #add<F extends Family<unknown>>(family: F): F {
    this.#families.push(family)
    return family
  }
}

/** A metric of one series without labels, or of several. */
export function gauge(description: MetricDescription, value: number | readonly { labels: Labels; value: number }[]): Metric {
  return { ...description, kind: 'gauge', points: typeof value === 'number' ? [{ labels: {}, value }] : value }
}
