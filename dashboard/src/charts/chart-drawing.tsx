import { Area, Bar, CartesianGrid, ComposedChart, Legend, Line, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts'
import { type ChartPoint, type ChartProps, type ChartSeries, colorOf } from './chart.ts'
import { ChartTooltip } from './chart-tooltip.tsx'

type Drawn = ChartProps & { points: readonly ChartPoint[] }

/** Long names of many series would leave the drawing no place on a phone: more of them scroll. */
const legend = { fontSize: 12, paddingTop: 8, maxHeight: 96, overflowY: 'auto' } as const
const tick = { fill: 'var(--muted-foreground)', fontSize: 12 }

/** Hidden from screen readers, who have the table: so nothing in it may take the focus. */
export function ChartDrawing(props: Drawn) {
  const { points, series, x = String, y, yAxis = y } = props
  const data = points.map((point) => toNumbers(point, series))
  return (
    <ResponsiveContainer width="100%" height="100%">
      <ComposedChart accessibilityLayer={false} data={data} margin={{ top: 8, right: 8, bottom: 0, left: 0 }}>
        <CartesianGrid vertical={false} stroke="var(--chart-grid)" />
        <XAxis dataKey="x" tickFormatter={x} tick={tick} tickLine={false} axisLine={{ stroke: 'var(--chart-grid)' }} minTickGap={32} />
        <YAxis tickFormatter={yAxis} tick={tick} tickLine={false} axisLine={false} width="auto" />
        <Tooltip
          cursor={{ stroke: 'var(--input)', fill: 'var(--muted)', fillOpacity: 0.5 }}
          content={({ active, label, payload }) =>
            active === true && label !== undefined ? <ChartTooltip title={x(String(label))} entries={payload} format={y} /> : null
          }
        />
        {series.length > 1 && <Legend itemSorter={null} iconType="circle" iconSize={8} wrapperStyle={legend} formatter={legendText} />}
        {series.map((one, index) => drawSeries(one, index, props))}
      </ComposedChart>
    </ResponsiveContainer>
  )
}

function legendText(name: string) {
  return <span className="text-foreground">{name}</span>
}

function toNumbers(point: ChartPoint, series: readonly ChartSeries[]): ChartPoint {
  const figures = series.map(({ key }) => [key, point[key] === null || point[key] === undefined ? null : Number(point[key])] as const)
  return { x: point.x, ...Object.fromEntries(figures) }
}

/** Recharts looks at the kinds of its children, so this is no component. */
function drawSeries(one: ChartSeries, index: number, { kind = 'line', isStacked = false }: Drawn) {
  const color = colorOf(one, index)
  const common = { dataKey: one.key, name: one.label, isAnimationActive: false, ...(isStacked && { stackId: 'all' }) }
  if (kind === 'bar') return <Bar key={one.key} {...common} fill={color} maxBarSize={40} />
  if (kind === 'area') {
    return (
      <Area key={one.key} {...common} type="monotone" stroke={color} strokeWidth={2} fill={color} fillOpacity={isStacked ? 0.35 : 0.12} />
    )
  }
  return <Line key={one.key} {...common} type="monotone" stroke={color} strokeWidth={2} dot={false} />
}
