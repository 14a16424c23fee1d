import { useTranslation } from 'react-i18next'
import { NavLink } from 'react-router'
import { cn } from '../ui/cn.ts'
import type { NavigationItem } from './navigation.ts'

export function SideNavigation({ items, onNavigate }: { items: readonly NavigationItem[]; onNavigate?: () => void }) {
  const { t } = useTranslation()
  return (
    <nav aria-label={t('app.navigation')}>
      <ul className="space-y-0.5">
        {items.map(({ to, label, icon: Icon }) => (
          <li key={to}>
            <NavLink
              to={to}
              end={to === '/' || to === '/portal'}
              onClick={onNavigate}
              className={({ isActive }) =>
                cn(
                  'flex min-h-9 items-center gap-3 rounded-md px-3 py-1.5 text-sm font-medium',
                  isActive ? 'bg-primary-soft text-primary' : 'text-muted-foreground hover:bg-muted hover:text-foreground',
                )
              }
            >
              <Icon className="size-4.5 shrink-0" strokeWidth={1.75} aria-hidden />
              {t(`nav.${label}`)}
            </NavLink>
          </li>
        ))}
      </ul>
    </nav>
  )
}
