import { Suspense } from 'react'
import { Outlet } from 'react-router'
import { LanguageSwitch, ThemeSwitch } from '../ui/switches.tsx'
import { Logo } from './logo.tsx'
import { PageSkeleton } from './page-skeleton.tsx'

/** Pages that are for everybody and as wide as their content wants. */
export function OpenLayout() {
  return (
    <div className="min-h-dvh">
      <header className="sticky top-0 z-30 flex h-14 items-center justify-between border-b bg-background px-4 sm:px-6 lg:px-10">
        <Logo />
        <div className="flex gap-1">
          <LanguageSwitch />
          <ThemeSwitch />
        </div>
      </header>
      <main id="content" tabIndex={-1} className="mx-auto w-full max-w-5xl px-4 py-6 sm:px-6 lg:py-8">
        <Suspense fallback={<PageSkeleton />}>
          <Outlet />
        </Suspense>
      </main>
    </div>
  )
}
