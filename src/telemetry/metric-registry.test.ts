import { expect, test } from 'vitest'
import { gauge, MetricRegistry } from './metric-registry.ts'
import { joinMetrics, renderMetrics } from './render-metrics.ts'

test('a metric with more series than it may have counts the rest together and loses nothing', async () => {
  const registry = new MetricRegistry()
  const calls = registry.counter({ name: 'catraca.calls', help: 'Calls.', unit: '{call}' })
  for (let n = 0; n < 1_500; n += 1) calls.with({ code: `made-up-${n}` }).add(2)
  for (let n = 0; n < 1_500; n += 1) calls.with({ code: `made-up-${n}` }).add()
  const [metric] = await registry.snapshot()
  expect(metric?.points.length).toBe(1_001)
  const text = renderMetrics(await registry.snapshot())
  expect(text).toContain('catraca_calls_total{code="made-up-999"} 3\n')
  expect(text).toContain('catraca_calls_total{otel_metric_overflow="true"} 1500\n')
})

test('histograms are cumulative, and a value on a bound is within it', async () => {
  const registry = new MetricRegistry()
  const took = registry.histogram({ name: 'took', help: 'How long.', unit: 's' }, [0.5, 1]).with({ to: 'a' })
  for (const value of [0.1, 0.5, 0.7, 3]) took.observe(value)
  expect(renderMetrics(await registry.snapshot())).toBe(
    [
      '# HELP took_seconds How long.',
      '# TYPE took_seconds histogram',
      'took_seconds_bucket{to="a",le="0.5"} 2',
      'took_seconds_bucket{to="a",le="1"} 3',
      'took_seconds_bucket{to="a",le="+Inf"} 4',
      'took_seconds_sum{to="a"} 4.3',
      'took_seconds_count{to="a"} 4',
      '',
    ].join('\n'),
  )
})

test('a label can hold anything; a source that fails is left out; a metric without a series is not there', async () => {
  const registry = new MetricRegistry()
  registry.counter({ name: 'never', help: 'Nothing.' })
  registry.observe(() => [gauge({ name: 'up', help: 'Is it?\nYes.' }, [{ labels: { name: 'a "b"\\\n' }, value: 1 }])])
  registry.observe(async () => {
    throw new Error('no database')
  })
  expect(renderMetrics(await registry.snapshot(), { worker: '2' })).toBe(
    '# HELP up Is it?\\nYes.\n# TYPE up gauge\nup{worker="2",name="a \\"b\\"\\\\\\n"} 1\n',
  )
})

test('the texts of several processes become one, each metric with one head', () => {
  const of = (worker: string) => renderMetrics([gauge({ name: 'a', help: 'A.' }, 1), gauge({ name: 'b', help: 'B.' }, 2)], { worker })
  expect(joinMetrics([of('1'), of('2'), renderMetrics([gauge({ name: 'c', help: 'C.' }, 3)], { worker: '2' })])).toBe(
    [
      '# HELP a A.\n# TYPE a gauge\na{worker="1"} 1\na{worker="2"} 1\n',
      '# HELP b B.\n# TYPE b gauge\nb{worker="1"} 2\nb{worker="2"} 2\n',
      '# HELP c C.\n# TYPE c gauge\nc{worker="2"} 3\n',
    ].join(''),
  )
})
