import { failingAfterMs } from './channel.ts'

const second = 1_000
const minute = 60 * second
const hour = 60 * minute

const pausesMs = [5 * second, 30 * second, 2 * minute, 10 * minute, 30 * minute, hour, 2 * hour, 4 * hour, 8 * hour] as const
const lastPauseMs = 12 * hour

/** How long after its `failures`-th failure in a row a notification is sent again. Undefined after three days: it is given up. */
export function retryDelayMs(failures: number): number | undefined {
  const pauseOf = (index: number) => pausesMs[index] ?? lastPauseMs
  let passedMs = 0
  for (let index = 0; index < failures - 1; index += 1) passedMs += pauseOf(index)
  return passedMs >= failingAfterMs ? undefined : pauseOf(failures - 1)
}
