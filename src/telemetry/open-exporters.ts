import { type HrTime, type Tracer, ValueType } from '@opentelemetry/api'
import type { MetricData, MetricProducer } from '@opentelemetry/sdk-metrics'
import { ConfigurationError } from '../shared/errors.ts'
import { openSecret, type Secret } from '../shared/secret.ts'
import { version } from '../shared/version.ts'
import type { HistogramValue, Labels, Metric, MetricRegistry } from './metric-registry.ts'

/** By OpenTelemetry's own variables. */
export interface ExporterOptions {
  /** OTEL_EXPORTER_OTLP_ENDPOINT: the collector's base address, for OTLP over HTTP. */
  endpoint: string
  /** OTEL_EXPORTER_OTLP_HEADERS, by their names: they may hold a token. */
  headers: Secret | undefined
  serviceName: string
  resourceAttributes: Readonly<Record<string, string>>
  /** As OTEL_TRACES_SAMPLER names it: `parentbased_traceidratio`, … */
  sampler: string
  /** 0 to 1. */
  samplerRatio: number
  spansEveryMs: number
  metricsEveryMs: number
}

export interface Exporters {
  tracer: Tracer
  /** Begins to send the registry's metrics. */
  sendMetrics(registry: MetricRegistry): void
  /** Sends what is left, for at most two seconds. Never rejects. */
  close(): Promise<void>
}

const closeWithinMs = 2_000

/**
 * OpenTelemetry's SDK, which is loaded here and only where an endpoint is set. Throws ConfigurationError where its packages are not installed.
 * What cannot be sent is dropped: a collector that is away costs no call anything, and its queue has a limit (2,048 spans).
 */
export async function openExporters(options: ExporterOptions): Promise<Exporters> {
  const { BatchSpanProcessor, TracerProvider, samplerOf, resource, sdkMetrics, OTLPTraceExporter, OTLPMetricExporter } =
    await loadSdk(options)
  const headers = options.headers && openSecret(options.headers, parseHeaders)
  const exporterOf = (signal: string) => ({ url: `${options.endpoint}/v1/${signal}`, ...(headers && { headers }) })
  const traces = new TracerProvider({
    resource,
    sampler: samplerOf,
    spanLimits: { attributeValueLengthLimit: 256 },
    spanProcessors: [
      new BatchSpanProcessor({ exporter: new OTLPTraceExporter(exporterOf('traces')), scheduledDelayMillis: options.spansEveryMs }),
    ],
  })
  let metrics: { shutdown(): Promise<void> } | undefined
  return {
    tracer: traces.getTracer('catraca', version),
    sendMetrics(registry) {
      const reader = new sdkMetrics.PeriodicExportingMetricReader({
        exporter: new OTLPMetricExporter(exporterOf('metrics')),
        exportIntervalMillis: options.metricsEveryMs,
        exportTimeoutMillis: Math.min(options.metricsEveryMs, 10_000),
        metricProducers: [producerOf(registry, sdkMetrics, resource)],
      })
      metrics = new sdkMetrics.MeterProvider({ resource, readers: [reader] })
    },
    async close() {
      const late = new Promise((resolve) => setTimeout(resolve, closeWithinMs).unref())
      await Promise.race([Promise.allSettled([traces.shutdown(), metrics?.shutdown()]), late])
    },
  }
}

type SdkMetrics = typeof import('@opentelemetry/sdk-metrics')
type Resource = import('@opentelemetry/resources').Resource

async function loadSdk({ serviceName, resourceAttributes, sampler, samplerRatio }: ExporterOptions) {
  try {
    const [sdkTrace, sdkMetrics, resources, { OTLPTraceExporter }, { OTLPMetricExporter }] = await Promise.all([
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/sdk-metrics'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/exporter-metrics-otlp-http'),
    ])
    const { AlwaysOffSampler, AlwaysOnSampler, BatchSpanProcessor, ParentBasedSampler, TraceIdRatioBasedSampler, TracerProvider } = sdkTrace
    const root = sampler.endsWith('always_on')
      ? new AlwaysOnSampler()
      : sampler.endsWith('always_off')
        ? new AlwaysOffSampler()
        : new TraceIdRatioBasedSampler(samplerRatio)
    const attributes = { 'service.version': version, ...resourceAttributes, 'service.name': serviceName }
    return {
      BatchSpanProcessor,
      TracerProvider,
      samplerOf: sampler.startsWith('parentbased_') ? new ParentBasedSampler({ root }) : root,
      resource: resources.defaultResource().merge(resources.resourceFromAttributes(attributes)),
      sdkMetrics,
      OTLPTraceExporter,
      OTLPMetricExporter,
    }
  } catch (cause) {
    throw new ConfigurationError(
      'config_invalid',
      'OTEL_EXPORTER_OTLP_ENDPOINT is set, but OpenTelemetry is not installed here (its packages are optional): install Catraca with its optional dependencies, or unset the variable.',
      { cause },
    )
  }
}

/** `name=value` with commas between, values percent-encoded. */
export function parseHeaders(text: string): Record<string, string> {
  const pairs = text.split(',').flatMap((pair) => {
    const at = pair.indexOf('=')
    return at < 1 ? [] : [[pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())] as const]
  })
  return Object.fromEntries(pairs)
}

/** Our own registry as OpenTelemetry's SDK reads it. Sums are since the start of the process. */
function producerOf(registry: MetricRegistry, sdk: SdkMetrics, resource: Resource): MetricProducer {
  const startTime = hrTime(Date.now())
  return {
    async collect() {
      const metrics = await registry.snapshot()
      const endTime = hrTime(Date.now())
      const scopeMetrics = [
        { scope: { name: 'catraca', version }, metrics: metrics.map((metric) => toMetricData(metric, sdk, startTime, endTime)) },
      ]
      return { resourceMetrics: { resource, scopeMetrics }, errors: [] }
    },
  }
}

function toMetricData(
  metric: Metric,
  { AggregationTemporality, DataPointType }: SdkMetrics,
  startTime: HrTime,
  endTime: HrTime,
): MetricData {
  const { name, help: description, unit = '1' } = metric
  const common = {
    descriptor: { name, description, unit, valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  }
  if (metric.kind === 'histogram') {
    const dataPoints = metric.points.map(({ labels, value }) => {
      const { counts, sum, count }: HistogramValue = value
      return {
        startTime,
        endTime,
        attributes: told(labels),
        value: { buckets: { boundaries: [...metric.bounds], counts: [...counts] }, sum, count },
      }
    })
    return { ...common, dataPointType: DataPointType.HISTOGRAM, dataPoints }
  }
  const dataPoints = metric.points.map(({ labels, value }) => ({ startTime, endTime, attributes: told(labels), value }))
  return metric.kind === 'counter'
    ? { ...common, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints }
    : { ...common, dataPointType: DataPointType.GAUGE, dataPoints }
}

/** A label that says nothing is none. */
function told(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ''))
}

function hrTime(epochMs: number): HrTime {
  return [Math.floor(epochMs / 1000), (epochMs % 1000) * 1e6]
}
