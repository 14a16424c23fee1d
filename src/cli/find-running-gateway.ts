/** The address of a gateway that answers there, if one does. Never throws. */
export async function findRunningGateway(host: string, port: number): Promise<string | undefined> {
  // Listening everywhere includes here.
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  const url = `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
  try {
    const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(1_000) })
    const body: unknown = await response.json()
    const isOurs = response.ok && typeof body === 'object' && body !== null && 'status' in body && body.status === 'ok'
    return isOurs ? url : undefined
  } catch {
    return undefined
  }
}
