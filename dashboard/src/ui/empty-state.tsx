import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'

export interface EmptyStateProps {
  icon?: LucideIcon
  title: string
  /** What to do next, in a sentence. */
  text?: ReactNode
  /** The button that does it. */
  action?: ReactNode
}

export function EmptyState({ icon: Icon, title, text, action }: EmptyStateProps) {
  return (
    <div className="flex flex-col items-center gap-2 px-4 py-10 text-center">
      {Icon && <Icon className="mb-1 size-8 text-muted-foreground" strokeWidth={1.5} aria-hidden />}
      <p className="font-medium">{title}</p>
      {text !== undefined && <div className="max-w-md text-sm text-muted-foreground">{text}</div>}
      {action !== undefined && <div className="mt-3">{action}</div>}
    </div>
  )
}
