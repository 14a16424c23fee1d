import { afterEach, expect, test, vi } from 'vitest'
import { jsonLog, serverLog } from './log.ts'

afterEach(() => vi.restoreAllMocks())

async function written(say: () => void): Promise<string[]> {
  const pieces: string[] = []
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => pieces.push(String(text)) > 0)
  say()
  await vi.waitFor(() => expect(pieces).not.toEqual([]))
  vi.restoreAllMocks()
  return pieces
}

test('the structured log writes one object a line, in order, and those of one moment at once', async () => {
  const pieces = await written(() => {
    jsonLog.info('line one\nstill line one')
    jsonLog.warn('slow', { call_id: 'c-1', took_ms: 31_000, left_out: undefined })
    jsonLog.error('failed', Object.assign(new Error('no route'), { code: 'ENETUNREACH' }))
    jsonLog.call?.({ call_id: 'c-2', status: 'ok' })
  })
  expect(pieces.length).toBe(1)
  const lines = pieces
    .join('')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines.every(({ time }) => !Number.isNaN(Date.parse(time)))).toBe(true)
  expect(lines.map(({ time: _time, ...rest }) => rest)).toEqual([
    { level: 'info', message: 'line one\nstill line one' },
    { level: 'warn', message: 'slow', call_id: 'c-1', took_ms: 31_000 },
    { level: 'error', message: 'failed', error: 'Error (ENETUNREACH): no route' },
    { level: 'info', message: 'call', call_id: 'c-2', status: 'ok' },
  ])
})

test('the console has the line alone, without what is for programs', async () => {
  expect(await written(() => serverLog.info('[Usage Tracking] Logged usage', { call_id: 'c-1' }))).toEqual([
    '[Usage Tracking] Logged usage\n',
  ])
  expect(serverLog.call).toBeUndefined()
})
