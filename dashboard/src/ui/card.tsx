import type { ComponentProps, ReactNode } from 'react'
import { cn } from './cn.ts'

export interface CardProps extends Omit<ComponentProps<'section'>, 'title'> {
  title?: ReactNode
  description?: ReactNode
  /** At the right of the title. */
  actions?: ReactNode
}

/** A part of a page with its own heading (an h2). */
export function Card({ title, description, actions, className, children, ...props }: CardProps) {
  return (
    <section className={cn('min-w-0 rounded-lg border bg-card p-5 sm:p-6', className)} {...props}>
      {(title !== undefined || actions !== undefined) && (
        <header className="mb-4 flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
          <div className="min-w-0 flex-1 basis-56 space-y-1">
            {title !== undefined && <h2 className="font-semibold">{title}</h2>}
            {description !== undefined && <p className="text-sm text-muted-foreground">{description}</p>}
          </div>
          {actions !== undefined && <div className="flex flex-wrap gap-2">{actions}</div>}
        </header>
      )}
      {children}
    </section>
  )
}
