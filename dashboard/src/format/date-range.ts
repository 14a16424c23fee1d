import { useMemo } from 'react'
import { useSearchParams } from 'react-router'
import { useFormat } from './use-format.ts'

export const presets = ['today', 'yesterday', 'last7', 'last30', 'thisMonth', 'lastMonth'] as const
export type DateRangePreset = (typeof presets)[number]

/** Days of a zone as `2026-11-22`, both included. */
export interface DateRange {
  preset: DateRangePreset | 'custom'
  from: string
  to: string
}

export function rangeOf(preset: DateRangePreset, zone: string, now = new Date()): DateRange {
  const today = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(now)
  const month = today.slice(0, 7)
  const days: Record<DateRangePreset, readonly [string, string]> = {
    today: [today, today],
    yesterday: [addDays(today, -1), addDays(today, -1)],
    last7: [addDays(today, -6), today],
    last30: [addDays(today, -29), today],
    thisMonth: [`${month}-01`, today],
    lastMonth: [`${addDays(`${month}-01`, -1).slice(0, 7)}-01`, addDays(`${month}-01`, -1)],
  }
  const [from, to] = days[preset]
  return { preset, from, to }
}

function addDays(day: string, count: number): string {
  const date = new Date(`${day}T00:00:00Z`)
  date.setUTCDate(date.getUTCDate() + count)
  return date.toISOString().slice(0, 10)
}

const day = /^\d{4}-\d{2}-\d{2}$/

/** The page's period, in the address. A change starts each table again at its first page. */
export function useDateRangeInUrl(first: DateRangePreset = 'last30', zone?: string): [DateRange, (range: DateRange) => void] {
  const { zone: pageZone } = useFormat(zone)
  const [params, setParams] = useSearchParams()
  const preset = presets.find((name) => name === params.get('period'))
  const from = params.get('from') ?? ''
  const to = params.get('to') ?? ''
  const range = useMemo<DateRange>(() => {
    if (day.test(from) && day.test(to)) return { preset: 'custom', from, to }
    return rangeOf(preset ?? first, pageZone)
  }, [from, to, preset, first, pageZone])
  const set = (wanted: DateRange) =>
    setParams((current) => {
      const next = new URLSearchParams(current)
      for (const name of [...next.keys()]) if (/^(?:period|from|to|(?:.*\.)?cursor)$/.test(name)) next.delete(name)
      if (wanted.preset === 'custom') {
        next.set('from', wanted.from)
        next.set('to', wanted.to)
      } else if (wanted.preset !== first) next.set('period', wanted.preset)
      return next
    })
  return [range, set]
}
