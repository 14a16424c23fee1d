import { type UseQueryResult, useQueryClient } from '@tanstack/react-query'
import { createContext, useContext, useEffect, useRef } from 'react'
import { useNavigate } from 'react-router'
import { type ApiError, api, useApi, whenSignedOut } from '../api/index.ts'
import { useErrorText } from '../ui/error-state.tsx'
import { toast } from '../ui/toast.tsx'

/** `admin` and `viewer` are the operator's people; a `client` sees the portal of its one client. */
export type Role = 'admin' | 'viewer' | 'client'

export interface User {
  id: string
  name: string
  email: string
  role: Role
  clientId?: string | null
  twoFactorEnabled?: boolean | null
}

export interface Session {
  session: { id: string; token: string }
  user: User
}

/** Null: nobody is signed in. */
export function useSession(): UseQueryResult<Session | null, ApiError> {
  return useApi<Session | null>('session', '/api/auth/get-session')
}

const sessionKey = ['session', '/api/auth/get-session', {}] as const

/** What is refused because the session is over waits until the same person is back; what is on the screen is asked for again then. */
export function useEndedSession(isOver: boolean): void {
  const client = useQueryClient()
  const waiting = useRef<(() => void)[]>([])
  useEffect(
    () =>
      whenSignedOut(() => {
        client.setQueryData(sessionKey, null)
        return new Promise((resolve) => waiting.current.push(resolve))
      }),
    [client],
  )
  const wasOver = useRef(isOver)
  useEffect(() => {
    if (!isOver && wasOver.current) {
      void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[1] !== sessionKey[1] })
      for (const goOn of waiting.current.splice(0)) goOn()
    }
    wasOver.current = isOver
  }, [client, isOver])
}

export const UserContext = createContext<User | undefined>(undefined)

/** Who is signed in, on pages that need it: all inside of a shell. */
export function useUser(): User {
  const user = useContext(UserContext)
  if (!user) throw new Error('useUser needs a shell around it')
  return user
}

/** May this person change things? The gateway decides; this only spares them buttons that it would refuse. */
export function useCanEdit(): boolean {
  return useUser().role === 'admin'
}

export function homeOf(role: Role): string {
  return role === 'client' ? '/portal' : '/'
}

/** Where to go after signing in: back to what was asked for, if that is a path of ours. */
export function returnPath(search: string, role: Role): string {
  const wanted = new URLSearchParams(search).get('return') ?? ''
  const isOurs = /^\/(?![/\\])/.test(wanted)
  const isTheirs = wanted.startsWith('/portal') === (role === 'client') || wanted === '/account'
  return isOurs && isTheirs ? wanted : homeOf(role)
}

export function loginPath(from: string): string {
  return from === '/' ? '/login' : `/login?return=${encodeURIComponent(from)}`
}

export function useSignOut(): () => Promise<void> {
  const client = useQueryClient()
  const navigate = useNavigate()
  const textOf = useErrorText()
  return async () => {
    try {
      await api.post('/api/auth/sign-out')
    } catch (error) {
      // Whoever believes to have left, and has not, should know.
      toast.error(textOf(error))
      return
    }
    // Nothing of one person stays for the next one at this screen.
    client.clear()
    navigate('/login')
  }
}
