import type { HistogramValue, Labels, Metric } from './metric-registry.ts'

const unitNames: Readonly<Record<string, string>> = { s: 'seconds', By: 'bytes', '1': 'ratio' }

/** Prometheus' text format, version 0.0.4. `common` labels go onto every series. */
export function renderMetrics(metrics: readonly Metric[], common: Labels = {}): string {
  return metrics.map((metric) => renderMetric(metric, common)).join('')
}

function renderMetric(metric: Metric, common: Labels): string {
  const name = prometheusName(metric)
  const lines = [`# HELP ${name} ${metric.help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')}`, `# TYPE ${name} ${metric.kind}`]
  for (const { labels, value } of metric.points) {
    const all = { ...common, ...labels }
    if (metric.kind === 'histogram') lines.push(...renderHistogram(name, all, metric.bounds, value as HistogramValue))
    else lines.push(`${name}${renderLabels(all)} ${value as number}`)
  }
  return `${lines.join('\n')}\n`
}

function renderHistogram(name: string, labels: Labels, bounds: readonly number[], { counts, sum, count }: HistogramValue): string[] {
  let below = 0
  const buckets = [...bounds.map(String), '+Inf'].map((le, index) => {
    below += counts[index] ?? 0
    return `${name}_bucket${renderLabels({ ...labels, le })} ${below}`
  })
  return [...buckets, `${name}_sum${renderLabels(labels)} ${sum}`, `${name}_count${renderLabels(labels)} ${count}`]
}

/** As OpenTelemetry's rules for Prometheus say: dots become underscores, the unit and `_total` come behind. */
function prometheusName({ name, unit = '', kind }: Pick<Metric, 'name' | 'unit' | 'kind'>): string {
  const suffixes = [unitNames[unit], kind === 'counter' ? 'total' : undefined].filter((suffix) => suffix !== undefined)
  return [name.replace(/[^a-zA-Z0-9_]/g, '_'), ...suffixes].join('_')
}

function renderLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name.replace(/[^a-zA-Z0-9_]/g, '_')}="${escapeLabel(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escapeLabel(value: string): string {
  return value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')
}

/** The texts of several processes as one: each metric's head once, then everybody's series. They are told apart by a label of their own. */
export function joinMetrics(texts: readonly string[]): string {
  const heads = new Map<string, { head: string[]; series: string[] }>()
  for (const text of texts) {
    let current: { head: string[]; series: string[] } | undefined
    for (const line of text.split('\n')) {
      const [, kind, name] = /^# (HELP|TYPE) (\S+)/.exec(line) ?? []
      if (name === undefined) {
        if (line !== '') current?.series.push(line)
        continue
      }
      current = heads.get(name) ?? { head: [], series: [] }
      heads.set(name, current)
      if (!current.head.some((known) => known.startsWith(`# ${kind} `))) current.head.push(line)
    }
  }
  return [...heads.values()].map(({ head, series }) => `${[...head, ...series].join('\n')}\n`).join('')
}
