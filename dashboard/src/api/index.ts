export { api, type Params, urlOf, whenSignedOut } from './api.ts'
export { ApiError } from './api-error.ts'
export type {
  ApiType,
  PortalAlert,
  PortalBudget,
  PortalCall,
  PortalGroup,
  PortalMe,
  PortalSeries,
  PortalStatement,
} from './portal-types.ts'
export { problemsOf } from './problems.ts'
export { errorToShow, queryClient } from './query-client.ts'
export type { Answer, Body, Item, PortalAnswer, PortalBody, PortalItem } from './types.ts'
export { type Topic, type UseApiOptions, useApi, useChange } from './use-api.ts'
export { useLiveUpdates } from './use-live-updates.ts'
