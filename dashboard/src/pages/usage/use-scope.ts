import { useMemo } from 'react'
import { useSearchParams } from 'react-router'
import type { Params } from '../../api/index.ts'
import type { DateRange } from '../../format/date-range.ts'
import { useDateRangeInUrl, useFormat } from '../../format/index.ts'
import { type Bucket, bucketOf, windowOf } from '../../usage/buckets.ts'

const scopeFilters = ['client', 'provider', 'model', 'api_type'] as const
export type ScopeFilter = (typeof scopeFilters)[number]

/** Which calls the page is about; all of it stands in the address. */
export interface Scope {
  range: DateRange
  setRange(range: DateRange): void
  filters: Readonly<Record<ScopeFilter, string>>
  set(name: string, value: string): void
  clear(): void
  isFiltered: boolean
  bucket: Bucket
  zone: string
  /** What every endpoint of the usage is asked. */
  params: Params
}

export function useScope(): Scope {
  const { zone } = useFormat()
  const [search, setSearch] = useSearchParams()
  const [range, setRange] = useDateRangeInUrl('last30')
  const [client, provider, model, apiType] = scopeFilters.map((name) => search.get(name) ?? '')
  const params = useMemo<Params>(
    () => ({ client, provider, model, api_type: apiType, ...windowOf(range), time_zone: zone }),
    [client, provider, model, apiType, range, zone],
  )
  const change = (edit: (next: URLSearchParams) => void) =>
    setSearch((current) => {
      const next = new URLSearchParams(current)
      // Another question begins at its first page.
      for (const name of [...next.keys()]) if (/(?:^|\.)cursor$/.test(name)) next.delete(name)
      edit(next)
      return next
    })
  return {
    range,
    setRange,
    filters: { client: client ?? '', provider: provider ?? '', model: model ?? '', api_type: apiType ?? '' },
    set: (name, value) => change((next) => (value === '' ? next.delete(name) : next.set(name, value))),
    clear: () => change((next) => scopeFilters.map((name) => next.delete(name))),
    isFiltered: scopeFilters.some((name) => (search.get(name) ?? '') !== ''),
    bucket: bucketOf(range),
    zone,
    params,
  }
}
