import { Menu } from 'lucide-react'
import { Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Outlet } from 'react-router'
import { Button } from '../ui/button.tsx'
import { cn } from '../ui/cn.ts'
import { Sheet } from '../ui/sheet.tsx'
import { LanguageSwitch, ThemeSwitch } from '../ui/switches.tsx'
import { Logo } from './logo.tsx'
import type { NavigationItem } from './navigation.ts'
import { PageSkeleton } from './page-skeleton.tsx'
import { SideNavigation } from './side-navigation.tsx'
import { UserMenu } from './user-menu.tsx'

export interface ShellProps {
  items: readonly NavigationItem[]
  /** Are the figures' events arriving? Undefined: this shell has none. */
  isLive?: boolean
}

/** Navigation at the side, on phones in a sheet; the page beside it. */
export function Shell({ items, isLive }: ShellProps) {
  return (
    <div className="min-h-dvh lg:grid lg:grid-cols-[15rem_minmax(0,1fr)]">
      <SkipLink />
      <aside className="hidden border-r bg-card lg:block">
        <div className="sticky top-0 max-h-dvh space-y-6 overflow-y-auto px-4 py-5">
          <div className="px-3">
            <Logo />
          </div>
          <SideNavigation items={items} />
        </div>
      </aside>
      <div className="flex min-w-0 flex-col">
        <TopBar items={items} isLive={isLive} />
        <main id="content" tabIndex={-1} className="mx-auto w-full max-w-7xl flex-1 px-4 py-6 sm:px-6 lg:px-10 lg:py-8">
          <Suspense fallback={<PageSkeleton />}>
            <Outlet />
          </Suspense>
        </main>
      </div>
    </div>
  )
}

function SkipLink() {
  const { t } = useTranslation()
  return (
    <a
      href="#content"
      className="sr-only focus:not-sr-only focus:fixed focus:top-3 focus:left-3 focus:z-50 focus:rounded-md focus:bg-primary focus:px-4 focus:py-2 focus:text-primary-foreground"
    >
      {t('app.skip')}
    </a>
  )
}

function TopBar({ items, isLive }: { items: readonly NavigationItem[]; isLive: boolean | undefined }) {
  const { t } = useTranslation()
  const [isOpen, setOpen] = useState(false)
  return (
    <header className="sticky top-0 z-30 flex h-14 items-center gap-1 border-b bg-background px-2 sm:px-4 lg:px-8">
      <Button variant="ghost" size="icon" className="lg:hidden" aria-label={t('app.menu')} onClick={() => setOpen(true)}>
        <Menu aria-hidden />
      </Button>
      <div className="flex items-center lg:hidden">
        <Logo />
      </div>
      <Sheet isOpen={isOpen} onOpenChange={setOpen} title={t('app.menu')} side="left">
        <SideNavigation items={items} onNavigate={() => setOpen(false)} />
      </Sheet>
      <div className="ml-auto flex items-center gap-1">
        {isLive !== undefined && <LiveSign isLive={isLive} />}
        <LanguageSwitch />
        <ThemeSwitch />
        <UserMenu />
      </div>
    </header>
  )
}

function LiveSign({ isLive }: { isLive: boolean }) {
  const { t } = useTranslation()
  return (
    <span role="status" className="mr-2 hidden items-center gap-2 text-xs text-muted-foreground sm:inline-flex">
      <span aria-hidden className={cn('size-2 rounded-full', isLive ? 'bg-success' : 'bg-warning-fill')} />
      {isLive ? t('app.live') : t('app.notLive')}
    </span>
  )
}
