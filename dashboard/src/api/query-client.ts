import { QueryCache, QueryClient } from '@tanstack/react-query'
import { ApiError } from './api-error.ts'

const askAgainAfterMs = 3_000

/** The gateway or its database is away, which passes: what it refused, or failed at, is another thing. */
function isOutage(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status >= 502)
}

/**
 * What a screen says of a query's error. What is on it stays there through an outage, and a form above it with what was typed: that nothing
 * new arrives is said at the top.
 */
export function errorToShow<E>({ data, error }: { data: unknown; error: E | null }): E | null {
  return data !== undefined && isOutage(error) ? null : error
}

/** Figures that events keep fresh are not asked for again at each click; what the gateway refused is not asked again at all. */
export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: (error) => isOutage(error) && awaitGateway() }),
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

let isAwaiting = false

/** Then what could not be loaded is asked for, so that a screen that nobody touches comes back by itself. The words about it stay until then. */
async function awaitGateway(): Promise<void> {
  if (isAwaiting) return
  isAwaiting = true
  do await new Promise((resolve) => setTimeout(resolve, askAgainAfterMs))
  while (
    !(await fetch('/readyz').then(
      ({ ok }) => ok,
      () => false,
    ))
  )
  isAwaiting = false
  await queryClient.refetchQueries({ type: 'active', predicate: ({ state }) => state.status === 'error' && isOutage(state.error) })
}
