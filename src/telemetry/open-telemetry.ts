import type { AskedCall } from './call-trail.ts'
import type { ExporterOptions } from './open-exporters.ts'
import { Telemetry, type TelemetryOptions } from './telemetry.ts'

export interface OpenTelemetryOptions extends Omit<TelemetryOptions, 'openSpan' | 'onClose'> {
  /** Undefined: nothing is sent anywhere. */
  exporter: ExporterOptions | undefined
  /** Spans go to whatever the surrounding application has set up for OpenTelemetry, if it has. For the library. */
  joinsApplication: boolean
}

/** Throws ConfigurationError where an exporter is asked for whose packages are missing. */
export async function openTelemetry(options: OpenTelemetryOptions): Promise<Telemetry> {
  const { exporter, joinsApplication } = options
  if (!exporter && !joinsApplication) return new Telemetry(options)
  // Loaded only here: most processes trace nothing.
  const [{ trace }, { CallSpan }] = await Promise.all([import('@opentelemetry/api'), import('./call-span.ts')])
  const exporters = exporter && (await (await import('./open-exporters.ts')).openExporters(exporter))
  const tracer = exporters?.tracer ?? trace.getTracer('catraca')
  const openSpan = (asked: AskedCall) => new CallSpan(tracer, asked)
  const telemetry = new Telemetry({ ...options, openSpan, ...(exporters && { onClose: () => exporters.close() }) })
  exporters?.sendMetrics(telemetry.registry)
  return telemetry
}
