import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Log, LogFields } from '../../src/shared/log.ts'
import { callGateway } from '../_support/call-gateway.ts'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { type OtlpCollector, startOtlpCollector } from '../_support/otlp-collector.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const parentId = 'b7ad6b7169203331'
const secretWords = 'palavras-que-ninguem-mais-le'

/** All that the gateway says, by level. */
function memoryLog() {
  const lines: { level: string; message: string; fields: LogFields | undefined }[] = []
  const add = (level: string) => (message: string, fields?: unknown) => void lines.push({ level, message, fields: fields as LogFields })
  const log: Log = { info: add('info'), warn: add('warn'), error: add('error'), call: (fields) => add('call')('', fields) }
  return { lines, log }
}

describe('with a collector', () => {
  const { lines, log } = memoryLog()
  let collector: OtlpCollector
  let gateway: TestGateway

  beforeAll(async () => {
    collector = await startOtlpCollector()
    gateway = await startTestGateway({
      log,
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/`,
        OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20dGVzdA==,x-tenant=loja',
        OTEL_SERVICE_NAME: 'portaria',
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
        OTEL_METRIC_EXPORT_INTERVAL: '500',
        OTEL_BSP_SCHEDULE_DELAY: '200',
        SLOW_CALL_MS: '1',
      },
    })
    const ask = (more: object, headers = {}) => {
      const body = { model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: secretWords }], ...more }
      return callGateway({ url: gateway.url, key: gateway.client.key, body, headers })
    }
    await ask({ stream: true }, { traceparent: `00-${traceId}-${parentId}-01` })
    gateway.emulator.inject({ status: 503, match: { provider: 'openai', times: 1 } })
    await ask({ models: ['groq/llama-3.3-70b-versatile'] })
    await ask({ model: 'openai/no-such-model' })
    await vi.waitUntil(() => collector.spans.filter(({ attributes }) => attributes['catraca.call.id']).length === 3, { timeout: 30_000 })
    await vi.waitUntil(() => (collector.metrics.get('catraca.calls')?.dataPoints.length ?? 0) === 2, { timeout: 30_000 })
  })
  afterAll(async () => {
    await gateway.close()
    await collector.close()
  })

  test('a call continues its caller’s trace, with a child for its attempt', () => {
    const call = collector.spans.find((span) => span.parentSpanId === parentId)
    expect(call).toMatchObject({ traceId, name: 'chat gpt-4o-mini', kind: 2 })
    expect(call?.attributes).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'openai/gpt-4o-mini',
      'gen_ai.response.model': 'gpt-4o-mini',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.input_tokens': expect.any(Number),
      'gen_ai.usage.output_tokens': expect.any(Number),
      'catraca.client.slug': 'agencia',
      'catraca.cost.usd': expect.any(Number),
    })
    const [attempt, ...more] = collector.spans.filter(({ parentSpanId }) => parentSpanId === call?.spanId)
    expect(more).toEqual([])
    expect(attempt).toMatchObject({ traceId, name: 'chat gpt-4o-mini', kind: 3 })
    expect(BigInt(attempt?.startTimeUnixNano ?? 0)).toBeGreaterThanOrEqual(BigInt(call?.startTimeUnixNano ?? 0) - 2_000_000n)
    expect(BigInt(attempt?.endTimeUnixNano ?? 0)).toBeLessThanOrEqual(BigInt(call?.endTimeUnixNano ?? 0))
  })

  test('a fallback is two attempts, the first with its error; a refusal is a span with its code', () => {
    const fallback = collector.spans.find(({ attributes }) => attributes['catraca.fallback.reason'] !== undefined)
    const attempts = collector.spans.filter(({ parentSpanId }) => parentSpanId === fallback?.spanId)
    expect(attempts.map(({ attributes }) => attributes['error.type'])).toEqual(['upstream_overloaded', undefined])
    expect(attempts.map(({ attributes }) => attributes['gen_ai.provider.name'])).toEqual(['openai', 'groq'])
    const refused = collector.spans.find(({ attributes }) => attributes['error.type'] === 'unknown_model')
    expect(refused?.status.code).toBe(2)
  })

  test('resource, headers and metrics are as the standard variables say', () => {
    expect(collector.resource).toMatchObject({ 'service.name': 'portaria', 'deployment.environment.name': 'test' })
    expect(collector.headers.every((one) => one.authorization === 'Basic dGVzdA==' && one['x-tenant'] === 'loja')).toBe(true)
    const duration = collector.metrics.get('gen_ai.client.operation.duration')
    expect(duration?.unit).toBe('s')
    expect(duration?.dataPoints.reduce((sum, { count = 0 }) => sum + Number(count), 0)).toBe(2)
    expect(collector.metrics.get('process.memory.usage')?.unit).toBe('By')
  })

  test('nothing of a call’s content, and no key, is in what is sent or logged', () => {
    const said = collector.text + JSON.stringify(lines)
    expect(said).not.toContain(secretWords)
    expect(said).not.toContain(gateway.client.key)
    expect(said).not.toContain('sk-test-openai')
  })

  test('a slow call has a line that says where its time went', () => {
    const slow = lines.filter(({ message }) => message.startsWith('[AI Gateway] slow call '))
    const served = slow.find(({ message }) => message.includes('first token'))
    expect(served?.message).toMatch(
      / of agencia: .*(?:ms|s), ok, \d+ output tokens: .*openai\/gpt-4o-mini via direct .* \(connect .*, first token .*, stream .*\)$/,
    )
    expect(served?.fields).toMatchObject({ client: 'agencia', client_id: gateway.client.id })
  })

  test('the structured log has one line a call, with its ids and figures', async () => {
    const calls = lines.filter(({ level }) => level === 'call').map(({ fields }) => fields)
    expect(calls.map((fields) => fields?.status).sort()).toEqual(['ok', 'ok', 'refused'])
    const [row] = await vi.waitUntil(
      async () => {
        const rows = await gateway.database.query<{ call_id: string; total: number; nano: string }>(
          `select call_id, output_tokens::int as total, (cost_usd * 1000000000)::bigint::text as nano from gateway_usage_logs where was_fallback`,
        )
        return rows.length === 1 ? rows : undefined
      },
      { timeout: 20_000 },
    )
    expect(calls.find((fields) => fields?.call_id === row?.call_id)).toMatchObject({
      output_tokens: row?.total,
      cost_nano_usd: row?.nano,
      attempts: 2,
      provider: 'groq',
    })
  })
})

describe('towards providers', () => {
  const seen: IncomingHttpHeaders[] = []
  const provider = createServer((request, response) => {
    seen.push(request.headers)
    response.writeHead(503, { 'content-type': 'application/json' }).end('{"error":{"message":"busy"}}')
  })
  beforeAll(() => new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve)))
  afterAll(() => provider.close())

  test.each([
    ['false', undefined],
    ['true', expect.stringMatching(new RegExp(`^00-${traceId}-(?!${parentId})[0-9a-f]{16}-01$`))],
  ])('CATRACA_TRACE_PROVIDERS=%s', async (propagates, header) => {
    const collector = await startOtlpCollector()
    const gateway = await startTestGateway({
      env: {
        OPENAI_BASE_URL: `http://127.0.0.1:${(provider.address() as AddressInfo).port}/v1`,
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        CATRACA_TRACE_PROVIDERS: propagates,
      },
    })
    const body = { model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: 'oi' }] }
    await callGateway({ url: gateway.url, key: gateway.client.key, body, headers: { traceparent: `00-${traceId}-${parentId}-01` } })
    await gateway.close()
    await collector.close()
    expect(seen.splice(0).map(({ traceparent }) => traceparent)).toEqual([header])
    // What was still to be sent is sent before the process goes.
    expect(collector.spans.filter((span) => span.traceId === traceId).length).toBeGreaterThanOrEqual(2)
  })
})
