import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface CollectedSpan {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  kind: number
  startTimeUnixNano: string
  endTimeUnixNano: string
  attributes: Record<string, unknown>
  status: { code?: number }
}

/** A collector on loopback that takes OTLP over HTTP as JSON, and keeps it. */
export interface OtlpCollector {
  url: string
  spans: CollectedSpan[]
  /** The newest value or histogram of each metric, by its name. */
  metrics: Map<string, { unit: string; dataPoints: { attributes: Record<string, unknown>; count?: number; asDouble?: number }[] }>
  resource: Record<string, unknown>
  /** What came with each request. */
  headers: Record<string, unknown>[]
  /** All bodies, as they came. */
  text: string
  close(): Promise<void>
}

interface KeyValue {
  key: string
  value: { stringValue?: string; intValue?: number; doubleValue?: number; arrayValue?: { values: { stringValue: string }[] } }
}

export async function startOtlpCollector(): Promise<OtlpCollector> {
  const collector: OtlpCollector = { url: '', spans: [], metrics: new Map(), resource: {}, headers: [], text: '', close: async () => {} }
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString()
    collector.text += body
    collector.headers.push(request.headers)
    take(collector, JSON.parse(body))
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  collector.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  collector.close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return collector
}

function take(collector: OtlpCollector, body: Record<string, never[]>): void {
  const read = body as unknown as {
    resourceSpans?: {
      resource: { attributes: KeyValue[] }
      scopeSpans: { spans: (Omit<CollectedSpan, 'attributes'> & { attributes: KeyValue[] })[] }[]
    }[]
    resourceMetrics?: { scopeMetrics: { metrics: Record<string, unknown>[] }[] }[]
  }
  for (const { resource, scopeSpans } of read.resourceSpans ?? []) {
    collector.resource = plain(resource.attributes)
    for (const span of scopeSpans.flatMap(({ spans }) => spans)) collector.spans.push({ ...span, attributes: plain(span.attributes) })
  }
  for (const metric of (read.resourceMetrics ?? []).flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))) {
    const { name, unit, sum, gauge, histogram } = metric as Record<string, { dataPoints: { attributes: KeyValue[] }[] }> & {
      name: string
      unit: string
    }
    const dataPoints = (sum ?? gauge ?? histogram)?.dataPoints ?? []
    collector.metrics.set(name, { unit, dataPoints: dataPoints.map((point) => ({ ...point, attributes: plain(point.attributes) })) })
  }
}

function plain(attributes: readonly KeyValue[]): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ?? value.intValue ?? value.doubleValue ?? value.arrayValue?.values.map(({ stringValue }) => stringValue),
    ]),
  )
}
