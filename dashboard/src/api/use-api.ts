import { keepPreviousData, type UseMutationResult, type UseQueryResult, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { api, type Params } from './api.ts'
import type { ApiError } from './api-error.ts'
import { errorToShow } from './query-client.ts'

/** The first part of each query's key. The first three are also the events that make it stale. */
export type Topic = 'usage' | 'alerts' | 'config' | 'session'

export interface UseApiOptions {
  enabled?: boolean
  /** Shows the old answer while the one for new parameters is on its way, so that nothing jumps. */
  keepsPrevious?: boolean
  refetchIntervalMs?: number
}

/** One GET, kept and refreshed. `const home = useApi<Home>('usage', '/api/admin/home', { zone })` */
export function useApi<T>(topic: Topic, path: string, params: Params = {}, options: UseApiOptions = {}): UseQueryResult<T, ApiError> {
  const query = useQuery<T, ApiError>({
    queryKey: [topic, path, params],
    queryFn: ({ signal }) => api.get<T>(path, params, signal),
    ...(options.enabled !== undefined && { enabled: options.enabled }),
    ...(options.keepsPrevious && { placeholderData: keepPreviousData }),
    ...(options.refetchIntervalMs !== undefined && { refetchInterval: options.refetchIntervalMs }),
  })
  if (errorToShow(query) === query.error) return query
  return { ...query, error: null, isError: false } as typeof query
}

/**
 * A change. When it has worked, the queries of these topics are asked again before it counts as done.
 * `const pause = useChange(['config'], (id: string) => api.post(`/api/admin/clients/${id}/pause`))`, then `pause.mutate('x')`
 */
export function useChange<Input = void, Answer = unknown>(
  topics: readonly Topic[],
  change: (input: Input) => Promise<Answer>,
): UseMutationResult<Answer, ApiError, Input> {
  const client = useQueryClient()
  return useMutation<Answer, ApiError, Input>({
    mutationFn: change,
    onSuccess: async () => {
      await Promise.all(topics.map((topic) => client.invalidateQueries({ queryKey: [topic] })))
    },
  })
}
