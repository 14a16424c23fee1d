/** `x` and a figure for each series. Null: none at this point, which leaves a gap. */
export interface ChartPoint {
  x: string
  [series: string]: string | number | null
}

export interface ChartSeries {
  key: string
  label: string
  /** One of the six of the theme. Default: in turn. */
  color?: 1 | 2 | 3 | 4 | 5 | 6
}

export interface ChartProps {
  label: string
  /** Undefined: still loading. Figures may be decimal text. */
  points: readonly ChartPoint[] | undefined
  series: readonly ChartSeries[]
  kind?: 'line' | 'area' | 'bar'
  /** Parts of one whole, one above the other. */
  isStacked?: boolean
  /** How a point's `x` is written. Default: as it is. */
  x?(x: string): string
  /** How a figure is written in the tooltip and the table. */
  y(value: number): string
  /** The same, shorter, for the axis. */
  yAxis?(value: number): string
  /** In pixels. Default 280. */
  height?: number
}

export function colorOf(series: ChartSeries, index: number): string {
  return `var(--chart-${series.color ?? (index % 6) + 1})`
}
