import { QueryClient } from '@tanstack/react-query'
import { ApiError } from './api-error.ts'

/** Figures that events keep fresh are not asked for again at each click; what the gateway refused is not asked again at all. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      gcTime: 5 * 60_000,
      retry: (failures, error) => failures < 2 && (!(error instanceof ApiError) || error.status === 0 || error.status >= 500),
      refetchOnWindowFocus: true,
    },
    mutations: { retry: false },
  },
})
