import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useSearchParams } from 'react-router'
import { type ApiError, api, errorToShow, type Params, type Topic, urlOf } from '../api/index.ts'

/** What list endpoints answer. */
export interface ListPage<Row> {
  items: Row[]
  /** The cursor of the page behind this one. */
  next: string | null
  /** Null where counting would take too long. */
  total: number | null
}

export interface Sort {
  by: string
  order: 'asc' | 'desc'
}

export interface ListOptions {
  topic: Topic
  sort?: Sort
  limit?: number
  /** The names of the filters that the reader may set; they stand in the address. */
  filters?: readonly string[]
  /** What the page itself asks for: a client, a period. */
  params?: Params
  /** Needed by the second table of a page, so that the two don't share their state. */
  name?: string
}

export interface List<Row> {
  /** Undefined: still loading, for the first time. */
  rows: Row[] | undefined
  total: number | null
  error: ApiError | null
  /** A new page or sort is on its way; the rows are the old ones. */
  isRefreshing: boolean
  refetch(): void
  sort: Sort | undefined
  sortBy(key: string): void
  filters: Readonly<Record<string, string>>
  setFilter(name: string, value: string): void
  clearFilters(): void
  isFiltered: boolean
  page: { number: number; hasNext: boolean; first(): void; previous(): void; next(): void }
  /** The whole list under these filters, in this order. */
  csvUrl: string
}

/** An address has room for so many cursors; from the page before the oldest one goes to the first. */
const mostCursors = 30

/**
 * A list of the gateway's, sorted, filtered and paged there; its state is the address's.
 * `const list = useList<Client>('/api/admin/clients', { topic: 'config', sort: { by: 'name', order: 'asc' }, filters: ['q', 'state'] })`
 */
export function useList<Row>(path: string, options: ListOptions): List<Row> {
  const state = useListState(options)
  const { sort, filters, cursors } = state
  const wanted: Params = { ...options.params, ...filters, ...(sort && { sort: sort.by, order: sort.order }) }
  const params: Params = { ...wanted, limit: options.limit ?? 25, cursor: cursors.at(-1) }
  const query = useQuery<ListPage<Row>, ApiError>({
    queryKey: [options.topic, path, params],
    queryFn: ({ signal }) => api.get<ListPage<Row>>(path, params, signal),
    placeholderData: keepPreviousData,
  })
  const next = query.data?.next ?? null
  const error = errorToShow(query)
  return {
    ...state,
    rows: error ? undefined : query.data?.items,
    total: query.data?.total ?? null,
    error,
    isRefreshing: query.isPlaceholderData,
    refetch: () => void query.refetch(),
    csvUrl: urlOf(path, { ...wanted, format: 'csv' }),
    page: {
      number: cursors.length + 1,
      hasNext: next !== null && !query.isPlaceholderData,
      first: () => state.setCursors([]),
      previous: () => state.setCursors(cursors.slice(0, -1)),
      next: () => next !== null && state.setCursors([...cursors, next].slice(-mostCursors)),
    },
  }
}

function useListState({ sort: firstSort, filters: names = [], name = '' }: ListOptions) {
  const [params, setParams] = useSearchParams()
  const keyOf = (key: string) => (name === '' ? key : `${name}.${key}`)
  /** Any change but paging begins at the first page. */
  const change = (edit: (next: URLSearchParams) => void) =>
    setParams((current) => {
      const next = new URLSearchParams(current)
      next.delete(keyOf('cursor'))
      edit(next)
      return next
    })
  const by = params.get(keyOf('sort'))
  const sort: Sort | undefined = by === null ? firstSort : { by, order: params.get(keyOf('order')) === 'asc' ? 'asc' : 'desc' }
  const filters = Object.fromEntries(names.map((filter) => [filter, params.get(keyOf(filter)) ?? '']))
  return {
    sort,
    filters,
    isFiltered: Object.values(filters).some((value) => value !== ''),
    cursors: params.getAll(keyOf('cursor')),
    setCursors: (cursors: readonly string[]) => change((next) => cursors.map((cursor) => next.append(keyOf('cursor'), cursor))),
    setFilter: (filter: string, value: string) =>
      change((next) => (value === '' ? next.delete(keyOf(filter)) : next.set(keyOf(filter), value))),
    clearFilters: () => change((next) => names.map((filter) => next.delete(keyOf(filter)))),
    // The first click shows the largest and newest, which is what one looks for in figures; the next one turns it round.
    sortBy: (key: string) =>
      change((next) => {
        next.set(keyOf('sort'), key)
        next.set(keyOf('order'), sort?.by === key && sort.order === 'desc' ? 'asc' : 'desc')
      }),
  }
}
