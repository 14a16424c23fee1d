import { Suspense } from 'react'
import { Outlet } from 'react-router'
import { AuthSkeleton } from '../auth/auth-skeleton.tsx'
import { LanguageSwitch, ThemeSwitch } from '../ui/switches.tsx'
import { Logo } from './logo.tsx'

/** Pages before one is signed in: one column, one task. From the top and not centred, so that nothing jumps when it grows. */
export function AuthLayout() {
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="flex h-14 items-center justify-between px-4 sm:px-6">
        <Logo />
        <div className="flex gap-1">
          <LanguageSwitch />
          <ThemeSwitch />
        </div>
      </header>
      <main id="content" className="mx-auto w-full max-w-md flex-1 px-4 pt-[10dvh] pb-24">
        <div className="rounded-lg border bg-card p-6 sm:p-8">
          <Suspense fallback={<AuthSkeleton />}>
            <Outlet />
          </Suspense>
        </div>
      </main>
    </div>
  )
}
