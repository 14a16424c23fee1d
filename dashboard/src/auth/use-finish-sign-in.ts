import { useQueryClient } from '@tanstack/react-query'
import { useLocation, useNavigate } from 'react-router'
import { api } from '../api/index.ts'
import { returnPath, type Session } from './session.ts'

/** After a session has begun: to the page that was asked for, or to `to`. */
export function useFinishSignIn(): (to?: string) => Promise<void> {
  const client = useQueryClient()
  const navigate = useNavigate()
  const { search } = useLocation()
  return async (to) => {
    // Before this, the answer was "nobody".
    client.clear()
    const session = await client.fetchQuery({
      queryKey: ['session', '/api/auth/get-session', {}],
      queryFn: () => api.get<Session | null>('/api/auth/get-session'),
    })
    if (session) navigate(to ?? returnPath(search, session.user.role), { replace: true })
  }
}
