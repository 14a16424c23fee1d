import {
  Activity,
  BellRing,
  Boxes,
  ChartColumn,
  ClipboardCheck,
  FileText,
  House,
  KeyRound,
  type LucideIcon,
  MessageCircle,
  ScrollText,
  SquareTerminal,
  UserCog,
  Users,
  Wallet,
} from 'lucide-react'
import type { common } from '../i18n/pt-br/common.ts'

export interface NavigationItem {
  to: string
  label: keyof (typeof common)['nav']
  icon: LucideIcon
}

export const operatorNavigation: readonly NavigationItem[] = [
  { to: '/', label: 'home', icon: House },
  { to: '/configuration', label: 'configuration', icon: ClipboardCheck },
  { to: '/clients', label: 'clients', icon: Users },
  { to: '/usage', label: 'usage', icon: ChartColumn },
  { to: '/models', label: 'models', icon: Boxes },
  { to: '/playground', label: 'playground', icon: SquareTerminal },
  { to: '/alerts', label: 'alerts', icon: BellRing },
  { to: '/audit', label: 'audit', icon: ScrollText },
  { to: '/users', label: 'users', icon: UserCog },
  { to: '/whatsapp', label: 'whatsapp', icon: MessageCircle },
]

export const portalNavigation: readonly NavigationItem[] = [
  { to: '/portal', label: 'portalBudgets', icon: Wallet },
  { to: '/portal/usage', label: 'portalUsage', icon: Activity },
  { to: '/portal/statement', label: 'portalStatement', icon: FileText },
  { to: '/portal/keys', label: 'portalKeys', icon: KeyRound },
]
