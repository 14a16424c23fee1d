interface Entry {
  color?: string | undefined
  name?: unknown
  value?: unknown
}

export interface ChartTooltipProps {
  title: string
  entries: readonly Entry[] | undefined
  format(value: number): string
}

export function ChartTooltip({ title, entries = [], format }: ChartTooltipProps) {
  if (entries.length === 0) return null
  return (
    <div className="rounded-md border bg-popover px-3 py-2 text-xs text-foreground shadow-lg">
      <p className="mb-1 font-medium">{title}</p>
      {entries.map(({ color, name, value }) => (
        <p key={String(name)} className="flex items-center gap-2">
          <span className="size-2 rounded-full" style={{ background: color }} />
          <span className="text-muted-foreground">{String(name)}</span>
          <span className="ml-auto pl-4 font-medium">{value === null || value === undefined ? '–' : format(Number(value))}</span>
        </p>
      ))}
    </div>
  )
}
