import { openSecret, type Secret } from '../../shared/secret.ts'

/** What only a gateway's process knows. Of several processes on one port: of all together, and of ages and shares the worst. */
export interface GatewayFigures {
  url: string
  callsUnderWay: number
  spoolRecords: number
  spoolBytes: number
  spoolAgeSeconds: number
  residentBytes: number
  /** 0 to 1. */
  busy: number
  databaseWaiting: number
  /** `openai/gpt-4o-mini via direct` */
  failingTargets: string[]
}

/** Undefined where its metrics are off or not for us. Never throws. */
export async function readGatewayFigures(url: string, token: Secret | undefined): Promise<GatewayFigures | undefined> {
  try {
    const headers = token ? openSecret(token, (value) => ({ authorization: `Bearer ${value}` })) : {}
    const response = await fetch(`${url}/metrics`, { headers, signal: AbortSignal.timeout(2_000) })
    return response.ok ? figuresOf(url, await response.text()) : undefined
  } catch {
    return undefined
  }
}

function figuresOf(url: string, text: string): GatewayFigures {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  const values = (name: string) =>
    lines.flatMap((line) => (/^[^{ ]+/.exec(line)?.[0] === name ? [Number(line.slice(line.lastIndexOf(' ') + 1))] : []))
  const sum = (name: string) => values(name).reduce((total, value) => total + value, 0)
  const most = (name: string) => values(name).reduce((worst, value) => Math.max(worst, value), 0)
  const failing = lines.flatMap((line) => /^catraca_target_failing\{.*target="([^"]*)"\} 1$/.exec(line)?.[1] ?? [])
  return {
    url,
    callsUnderWay: sum('catraca_calls_under_way'),
    spoolRecords: sum('catraca_spool_records'),
    spoolBytes: sum('catraca_spool_size_bytes'),
    spoolAgeSeconds: most('catraca_spool_age_seconds'),
    residentBytes: sum('process_memory_usage_bytes'),
    busy: most('nodejs_eventloop_utilization_ratio'),
    databaseWaiting: sum('catraca_db_waiting'),
    failingTargets: [...new Set(failing)],
  }
}
