const hourMs = 3_600_000
const dayMs = 24 * hourMs

type Range = readonly [from: Date, to: Date]

/** A length of time as whole UTC days, whole UTC hours beside them, and what is left at the ends. Ranges may be empty. */
export interface WindowParts {
  days: Range
  hours: readonly [Range, Range]
  ends: readonly [Range, Range]
}

/** `to` is not in it. What `to` is before `from` is empty. */
export function splitWindow(from: Date, to: Date): WindowParts {
  const start = from.getTime()
  const end = Math.max(start, to.getTime())
  const [firstHour, lastHour] = within(start, end, hourMs)
  const [firstDay, lastDay] = within(firstHour, lastHour, dayMs)
  return {
    days: range(firstDay, lastDay),
    hours: [range(firstHour, firstDay), range(lastDay, lastHour)],
    ends: [range(start, firstHour), range(lastHour, end)],
  }
}

/** The whole units between two instants; where there is none, both are the end. */
function within(start: number, end: number, unit: number): [number, number] {
  const first = Math.ceil(start / unit) * unit
  const last = Math.floor(end / unit) * unit
  return first < last ? [first, last] : [end, end]
}

function range(from: number, to: number): Range {
  return [new Date(from), new Date(to)]
}
