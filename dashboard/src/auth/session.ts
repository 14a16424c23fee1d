import { type UseQueryResult, useQueryClient } from '@tanstack/react-query'
import { createContext, useContext } from 'react'
import { useNavigate } from 'react-router'
import { type ApiError, api, useApi } from '../api/index.ts'
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
