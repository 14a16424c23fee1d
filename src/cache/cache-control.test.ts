import { expect, test } from 'vitest'
import { readCacheControl } from './cache-control.ts'

test.each<[string | undefined, boolean, number | undefined]>([
  [undefined, false, undefined],
  ['', false, undefined],
  ['no-store', true, undefined],
  ['No-Cache', false, 0],
  ['max-age=60', false, 60_000],
  ['private , MAX-AGE = "5"', false, 5_000],
  ['max-age=60, no-cache', false, 0],
  ['no-cache, max-age=60', false, 0],
  ['max-age=-1', false, undefined],
  ['max-age=soon, max-stale, no-transform', false, undefined],
])('%s', (header, noStore, maxAgeMs) => {
  expect(readCacheControl(header)).toEqual({ noStore, maxAgeMs })
})
