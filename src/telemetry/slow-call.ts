import { type CallTrail, callSteps } from './call-trail.ts'

/** Where the time of a slow call went, on one line and without a word of its content. */
export function describeSlowCall({ asked, settled, spent, attempts }: CallTrail, tookMs: number, end: string): string {
  const steps = callSteps.filter((step) => step !== 'provider' && spent[step] >= 1).map((step) => `${step} ${show(spent[step])}`)
  const tries = attempts.map(({ provider, model, via, startedMs, endedMs, connectedMs, firstTokenMs, errorCode }) => {
    const parts = [
      connectedMs === undefined ? undefined : `connect ${show(connectedMs)}`,
      firstTokenMs === undefined ? undefined : `first token ${show(firstTokenMs - (connectedMs ?? 0))}`,
      firstTokenMs === undefined
        ? `answer ${show(endedMs - startedMs - (connectedMs ?? 0))}`
        : `stream ${show(endedMs - startedMs - firstTokenMs)}`,
      errorCode,
    ]
    return `${provider}/${model} via ${via} ${show(endedMs - startedMs)} (${parts.filter((part) => part !== undefined).join(', ')})`
  })
  const tokens = settled ? `, ${settled.outputTokens} output tokens` : ''
  const places = [...steps, ...tries].join('; ') || 'nothing that is measured'
  return `[AI Gateway] slow call ${asked.callId} of ${asked.client.slug}: ${show(tookMs)}, ${end}${tokens}: ${places}`
}

function show(ms: number): string {
  return ms >= 1000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms)} ms`
}
