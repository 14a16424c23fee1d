import { type ReactNode, useEffect, useState } from 'react'
import { Navigate, useLocation } from 'react-router'
import { type PortalMe, useApi, useLiveUpdates } from '../api/index.ts'
import { homeOf, loginPath, type User, UserContext, useEndedSession, useSession } from '../auth/index.ts'
import { SignInAgain } from '../auth/sign-in-again.tsx'
import { ZoneContext } from '../format/index.ts'
import { ErrorState } from '../ui/error-state.tsx'
import { operatorNavigation, portalNavigation } from './navigation.ts'
import { PageSkeleton } from './page-skeleton.tsx'
import { Shell } from './shell.tsx'

export function OperatorShell() {
  return (
    <SignedIn isAllowed={(user) => user.role !== 'client'}>
      <LiveShell path="/api/admin/events" items={operatorNavigation} />
    </SignedIn>
  )
}

export function PortalShell() {
  return (
    <SignedIn isAllowed={(user) => user.role === 'client'}>
      <OwnZone>
        <LiveShell path="/api/portal/events" items={portalNavigation} />
      </OwnZone>
    </SignedIn>
  )
}

/** A client's days and budgets are those of its own clock, wherever somebody reads them. */
function OwnZone({ children }: { children: ReactNode }) {
  const me = useApi<PortalMe>('config', '/api/portal/me')
  if (me.error) return <ErrorState error={me.error} onRetry={() => void me.refetch()} />
  if (!me.data) return <Waiting />
  return <ZoneContext value={me.data.client.time_zone}>{children}</ZoneContext>
}

/** For pages of both, `/account`: with the navigation of whoever it is. */
export function OwnShell() {
  return (
    <SignedIn isAllowed={() => true}>
      <UserContext.Consumer>
        {(user) => <Shell items={user?.role === 'client' ? portalNavigation : operatorNavigation} />}
      </UserContext.Consumer>
    </SignedIn>
  )
}

function LiveShell({ path, items }: { path: Parameters<typeof useLiveUpdates>[0]; items: typeof operatorNavigation }) {
  const isSignedIn = !!useSession().data
  return <Shell items={items} isLive={useLiveUpdates(path, isSignedIn)} />
}

/**
 * The gateway guards what is behind its API; this only leads people to where they can go on. A session that ends leaves the page as it is,
 * with what was typed on it, for whoever was there: anybody else begins anew.
 */
function SignedIn({ isAllowed, children }: { isAllowed(user: User): boolean; children: ReactNode }) {
  const { data, error, isPending, refetch } = useSession()
  const { pathname, search } = useLocation()
  const [user, setUser] = useState(data?.user)
  const isAnother = !!data && !!user && data.user.id !== user.id
  if (data && !isAnother && data.user !== user) setUser(data.user)
  useEndedSession(!!user && (!data || isAnother))
  useEffect(() => {
    // Nothing of the one stays in this window for the other.
    if (isAnother) location.assign(homeOf(data.user.role))
  }, [isAnother, data])
  if (isPending || isAnother) return <Waiting />
  if (error && error.status !== 401) return <ErrorState error={error} onRetry={() => void refetch()} />
  if (!user) return <Navigate to={loginPath(`${pathname}${search}`)} replace />
  if (!isAllowed(user)) return <Navigate to={homeOf(user.role)} replace />
  return (
    <UserContext value={user}>
      {children}
      {!data && <SignInAgain user={user} onSignedIn={refetch} />}
    </UserContext>
  )
}

function Waiting() {
  return (
    <main className="mx-auto max-w-7xl px-4 py-20">
      <PageSkeleton />
    </main>
  )
}
