import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { gauge, type Metric, type MetricSource } from './metric-registry.ts'

const delayEveryMs = 20
const nanosPerSecond = 1e9

/**
 * Memory, CPU and event loop of this process. The loop is watched from the first look on, and each look tells of the time since the one
 * before: where nobody looks, nothing is spent.
 */
export function processMetrics(): MetricSource {
  let delay: ReturnType<typeof monitorEventLoopDelay> | undefined
  let utilization = performance.eventLoopUtilization()
  return () => {
    const { rss, heapUsed, external } = process.memoryUsage()
    const { user, system } = process.cpuUsage()
    const now = performance.eventLoopUtilization()
    const busy = performance.eventLoopUtilization(now, utilization).utilization
    utilization = now
    const metrics: Metric[] = [
      gauge({ name: 'process.memory.usage', help: 'Resident memory.', unit: 'By' }, rss),
      gauge({ name: 'v8js.memory.heap.used', help: 'Memory of live objects, and of garbage until it is collected.', unit: 'By' }, heapUsed),
      gauge({ name: 'catraca.memory.external', help: 'Buffers and other memory outside the heap.', unit: 'By' }, external),
      { name: 'process.cpu.time', help: 'CPU time.', unit: 's', kind: 'counter', points: [cpu('user', user), cpu('system', system)] },
      gauge({ name: 'process.uptime', help: 'Since the process was started.', unit: 's' }, process.uptime()),
      gauge({ name: 'nodejs.eventloop.utilization', help: 'Share of time in which the event loop was busy.', unit: '1' }, busy),
    ]
    if (!delay) {
      delay = monitorEventLoopDelay({ resolution: delayEveryMs })
      delay.enable()
    }
    // It measures from one tick of its own timer to the next.
    const late = (share: number) => Math.max(0, (delay?.percentile(share) ?? 0) / nanosPerSecond - delayEveryMs / 1000)
    metrics.push(
      gauge({ name: 'nodejs.eventloop.delay.p50', help: 'How late timers fire, half of them.', unit: 's' }, late(50)),
      gauge({ name: 'nodejs.eventloop.delay.p99', help: 'How late timers fire, 99 of 100.', unit: 's' }, late(99)),
    )
    delay.reset()
    return metrics
  }
}

function cpu(mode: string, micros: number) {
  return { labels: { 'cpu.mode': mode }, value: micros / 1e6 }
}
