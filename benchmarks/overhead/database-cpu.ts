import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** CPU time of a PostgreSQL's processes so far, in microseconds; undefined where there is no /proc (macOS, Windows). */
export function databaseCpuMicros(postmasterPid: number): number | undefined {
  if (process.platform !== 'linux') return undefined
  let ticks = 0
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    const stat = Number.isInteger(pid) ? readStat(pid) : undefined
    if (stat === undefined || (pid !== postmasterPid && stat.parentPid !== postmasterPid)) continue
    ticks += stat.ticks + (pid === postmasterPid ? stat.childrenTicks : 0)
  }
  return (ticks / ticksPerSecond()) * 1_000_000
}

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function readStat(pid: number): { parentPid: number; ticks: number; childrenTicks: number } | undefined {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch {
    return undefined
  }
  // The name, in brackets, may hold spaces; after it come state, parent, and from the twelfth on utime, stime, cutime, cstime.
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  const [utime = 0, stime = 0, cutime = 0, cstime = 0] = fields.slice(11, 15)
  return { parentPid: fields[1] ?? 0, ticks: utime + stime, childrenTicks: cutime + cstime }
}

let knownTicks: number | undefined
function ticksPerSecond(): number {
  knownTicks ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))
  return knownTicks
}
